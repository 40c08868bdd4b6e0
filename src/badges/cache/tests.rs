use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn outage() -> DbError {
    DbError::Unavailable("pulled".to_owned())
}

#[test]
fn the_budget_is_kept_whatever_comes() {
    let mut map = Generations::new(100_000);
    for number in 0..10_000_u32 {
        map.insert(number % 3_000, number, (number as usize * 7_919) % 5_000);
        assert!(map.bytes() <= 100_000);
    }
    map.insert(1, 1, 60_000);
    assert_eq!(map.get(&1), None, "larger than half of the budget");
}

#[test]
fn what_is_asked_for_outlives_what_is_not() {
    let mut map = Generations::new(2 * 10 * (ENTRY_BYTES + 100));
    for number in 0..1_000_u32 {
        map.insert(number, number, 100);
        assert_eq!(map.get(&0), Some(0), "after {number} others");
    }
    assert_eq!(map.get(&500), None);
}

#[tokio::test]
async fn an_answer_is_asked_for_again_after_twenty_seconds_and_not_before() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    let asked = AtomicUsize::new(0);
    let get = async |after: u64| {
        let load = async || Ok(Some(asked.fetch_add(1, Ordering::Relaxed) as u32));
        cache.get(&1, || start + Duration::from_secs(after), load).await.unwrap()
    };
    assert_eq!(get(0).await, Some(0));
    assert_eq!(get(19).await, Some(0));
    assert_eq!(get(20).await, Some(1));
    assert_eq!(get(21).await, Some(1));
}

#[tokio::test]
async fn what_is_not_there_is_remembered_too_and_may_appear() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    let later = |s| start + Duration::from_secs(s);
    assert_eq!(cache.get(&1, || start, async || Ok(None)).await.unwrap(), None);
    assert_eq!(cache.get(&1, || later(19), async || Err(outage())).await.unwrap(), None);
    assert_eq!(cache.get(&1, || later(20), async || Ok(Some(7))).await.unwrap(), Some(7));
    assert_eq!(cache.get(&1, || later(41), async || Ok(None)).await.unwrap(), None);
    assert_eq!(cache.get(&1, || later(42), async || Err(outage())).await.unwrap(), None);
}

#[tokio::test]
async fn in_an_outage_the_last_answer_stands_in_for_less_than_a_minute() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    let later = |s| start + Duration::from_secs(s);
    cache.get(&1, || start, async || Ok(Some(7))).await.unwrap();
    assert_eq!(cache.get(&1, || later(24), async || Err(outage())).await.unwrap(), Some(7));
    assert!(cache.get(&1, || later(25), async || Err(outage())).await.is_err());
    // For a second nobody asks again, even if the database would answer.
    assert!(cache.get(&1, || later(25), async || Ok(Some(8))).await.is_err());
    assert_eq!(cache.get(&1, || later(26), async || Ok(Some(8))).await.unwrap(), Some(8));
}

#[tokio::test]
async fn where_many_wait_one_asks() {
    let cache: Arc<Fresh<u8, u32>> = Arc::new(Fresh::new(10_000, 10_000, |_| 4));
    let asked = Arc::new(AtomicUsize::new(0));
    let now = Instant::now();
    let readers = (0..100).map(|_| {
        let (cache, asked) = (Arc::clone(&cache), Arc::clone(&asked));
        async move {
            let load = async || {
                asked.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
                Ok(Some(1))
            };
            cache.get(&1, || now, load).await.unwrap()
        }
    });
    let answers = futures::future::join_all(readers).await;
    assert!(answers.iter().all(|a| *a == Some(1)));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_answer_that_fails_late_is_judged_by_the_time_it_failed() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    let seconds = AtomicU64::new(0);
    let now = || start + Duration::from_secs(seconds.load(Ordering::Relaxed));
    cache.get(&1, now, async || Ok(Some(7))).await.unwrap();
    // Starts at 24, when the old answer could still stand in; fails at 26.
    seconds.store(24, Ordering::Relaxed);
    let slow = async || {
        seconds.store(26, Ordering::Relaxed);
        Err(outage())
    };
    assert!(cache.get(&1, now, slow).await.is_err());
}

#[tokio::test]
async fn what_has_changed_is_forgotten_at_once() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    let get = async |key: u8, answer: Option<u32>| {
        cache.get(&key, || start, async || Ok(answer)).await.unwrap()
    };
    get(1, Some(7)).await;
    get(2, None).await;
    get(3, Some(9)).await;
    cache.forget(&1);
    cache.forget(&2);
    assert_eq!(get(1, Some(8)).await, Some(8));
    assert_eq!(get(2, Some(8)).await, Some(8));
    assert_eq!(get(3, Some(0)).await, Some(9), "nobody said that this has changed");
    cache.forget_all();
    assert_eq!(get(3, Some(0)).await, Some(0));
    // A forgotten answer does not stand in either.
    cache.forget(&3);
    assert!(cache.get(&3, || start, async || Err(outage())).await.is_err());
}

#[tokio::test]
async fn an_answer_from_before_the_change_is_not_kept() {
    let cache: Fresh<u8, u32> = Fresh::new(10_000, 10_000, |_| 4);
    let start = Instant::now();
    for (old, new) in [(Some(7), Some(8)), (None, Some(8)), (Some(7), None)] {
        let overtaken = async || {
            cache.forget(&1);
            Ok(old)
        };
        cache.forget_all();
        cache.get(&1, || start, overtaken).await.unwrap();
        assert_eq!(cache.get(&1, || start, async || Ok(new)).await.unwrap(), new);
    }
}

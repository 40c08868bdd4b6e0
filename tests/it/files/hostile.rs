//! Hostile files by class, and by chance, over HTTP: each is refused in clear words or kept clean,
//! nothing active is served, and nothing breaks.

use reqwest::Method;

use super::classes::{self, Fate};
use super::forge;
use super::{PAPERS, applicant, newest, unsafe_in};
use crate::support::multipart::Parts;
use crate::support::{Chance, Visitor, World, prove};

/// The most memory that this process has ever used, in kilobytes.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse().unwrap_or_default()
}

/// Sends a file; says what is wrong with what becomes of it.
async fn try_one(
    world: &World,
    owner: &mut Visitor,
    token: &str,
    (name, kind, content): (&str, &str, &[u8]),
    expected: Option<Fate>,
) -> Vec<String> {
    let parts = Parts::default()
        .text("csrf_token", token)
        .text("idempotency_key", &uuid::Uuid::new_v4().to_string())
        .text("category", "other")
        .text("label", "")
        .file("file", name, kind, content);
    let reply = owner.send_parts(PAPERS, parts.end()).await;
    let mut wrong = Vec::new();
    match (reply.status, expected) {
        (303, None | Some(Fate::Kept(_))) => {
            let path = newest(world).await;
            let file = owner.get(&path).await;
            wrong.extend(unsafe_in(&file));
            if let Some(Fate::Kept(kind)) = expected
                && file.header("content-type") != kind
            {
                wrong.push(format!("is {} and not {kind}", file.header("content-type")));
            }
            let fields = [("csrf_token", token)];
            owner.post(&format!("{path}/remove"), &fields).await.expect(303);
            let head = owner.send(Method::HEAD, &path, &[], None).await;
            head.expect(404);
        }
        (422, None) => {
            if reply.error("file").is_empty() {
                wrong.push(format!("no word beside the field: {}", reply.text()));
            }
        }
        (422, Some(Fate::Refused(words))) => {
            if !reply.error("file").contains(words) {
                wrong.push(format!("said “{}” and not “{words}”", reply.error("file")));
            }
        }
        _ => wrong.push(format!("{} {}", reply.status, reply.text_of("main"))),
    }
    wrong
}

#[tokio::test]
async fn hostile_files_of_each_class_are_refused_or_kept_clean() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let all = classes::all();
    assert!(all.len() >= 40, "{} classes", all.len());
    let before = most_memory();
    let mut mistakes = Vec::new();
    for (what, name, kind, content, fate) in &all {
        world.owner_sql("DELETE FROM throttles").await;
        let file = (*name, *kind, content.as_slice());
        for problem in try_one(&world, &mut owner, &token, file, Some(*fate)).await {
            mistakes.push(format!("{what}: {problem}"));
        }
    }
    println!("{} classes; {} MB more at most", all.len(), (most_memory() - before) / 1024);
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(most_memory() - before < 500 * 1024, "memory: {} kB more", most_memory() - before);
    owner.get(PAPERS).await.ok();
    let left = world.value("SELECT count(*) FROM files").await;
    assert_eq!(left, "0");
}

/// Names that would be something if anybody used them as such.
const NAMES: [(&str, &str); 9] = [
    ("../../../../etc/passwd", "passwd.pdf"),
    ("..\\..\\windows\\win.ini", "windowswin.ini.pdf"),
    ("%2e%2e%2fetc%2fpasswd", "%2e%2e%2fetc%2fpasswd.pdf"),
    ("licence.pdf.html", "licence.pdf.html.pdf"),
    ("a\u{202E}fdp.exe", "afdp.exe.pdf"),
    ("营业执照（副本）.PDF", "营业执照（副本）.PDF"),
    ("<script>alert(1)</script>.pdf", "script>.pdf"),
    ("....", "document.pdf"),
    ("a b\tc.pdf", "a b c.pdf"),
];

#[tokio::test]
async fn names_are_words_and_nothing_else() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let long = "长".repeat(4_000);
    let mut names: Vec<(String, String)> =
        NAMES.iter().map(|(given, shown)| ((*given).to_owned(), (*shown).to_owned())).collect();
    names.push((format!("{long}.pdf"), format!("{}.pdf", "长".repeat(89))));
    for (given, shown) in names {
        let parts = Parts::default()
            .text("csrf_token", &token)
            .text("idempotency_key", &uuid::Uuid::new_v4().to_string())
            .text("category", "other")
            .file("file", &given, "application/pdf", &forge::pdf(b""));
        let added = owner.send_parts(PAPERS, parts.end()).await;
        assert_eq!(added.status, 303, "{given}: {}", added.text());
        let path = newest(&world).await;
        let file = owner.get(&path).await;
        assert_eq!(unsafe_in(&file), [""; 0], "{given}");
        let how = file.header("content-disposition").to_owned();
        let encoded = how.split("filename*=UTF-8''").nth(1).unwrap_or_default();
        let name = percent_encoding::percent_decode_str(encoded).decode_utf8_lossy();
        assert_eq!(name, shown, "{how}");
        assert_eq!(how.matches('"').count(), 2, "{how}");
        let page = owner.get(PAPERS).await;
        assert!(!page.body().contains("<script>alert"), "{given}");
        owner.post(&format!("{path}/remove"), &[("csrf_token", &token)]).await.expect(303);
    }
}

/// Changes a file as a fuzzer does.
fn spoil(chance: &mut Chance, content: &mut Vec<u8>) {
    let at = |chance: &mut Chance, content: &[u8]| {
        usize::try_from(chance.below(content.len() as u64)).unwrap_or_default()
    };
    for _ in 0..=chance.below(6) {
        if content.is_empty() {
            return;
        }
        let place = at(chance, content);
        match chance.below(7) {
            0 => content[place] = chance.below(256) as u8,
            1 => content[place] ^= 1 << chance.below(8),
            2 => content.truncate(place),
            3 => {
                content.splice(place..place, forge::MARK.iter().copied());
            }
            4 => {
                let end = (place + 4).min(content.len());
                content[place..end].fill(if chance.once_in(2) { 0xFF } else { 0 });
            }
            5 => {
                let end = (place + at(chance, content) % 64).min(content.len());
                let piece = content[place..end].to_vec();
                let to = at(chance, content);
                content.splice(to..to, piece);
            }
            _ => {
                let end = (place + 16).min(content.len());
                content.drain(place..end);
            }
        }
    }
}

#[tokio::test]
async fn spoiled_files_are_refused_or_kept_clean() {
    let world = World::new().await;
    let (_, mut owner) = applicant(&world, "Lantern Bikes").await;
    let token = owner.csrf_token(PAPERS).await;
    let whole = [
        forge::jpeg_with(0xE1, &forge::exif(5)),
        forge::png_with(b"tEXt", &[b"x\0", forge::MARK].concat()),
        forge::moving_png(),
        forge::webp(),
        forge::moving_webp(),
        forge::webp_of(&[
            forge::vp8x(0x08, 48, 32),
            forge::vp8l(),
            forge::riff(b"EXIF", forge::MARK),
        ]),
        forge::pdf(forge::MARK),
    ];
    let mut chance = Chance::new("spoiled files");
    let (tries, mut kept, mut mistakes) = (prove(2_000, 100), 0, Vec::new());
    for number in 0..tries {
        if number % 100 == 0 {
            world.owner_sql("DELETE FROM throttles").await;
        }
        let mut content = chance.one_of(&whole).clone();
        spoil(&mut chance, &mut content);
        let files = "SELECT last_value FROM files_id_seq";
        let before = world.value(files).await;
        let file = ("a.png", "image/png", content.as_slice());
        for problem in try_one(&world, &mut owner, &token, file, None).await {
            mistakes.push(format!("{number}: {problem}"));
        }
        kept += usize::from(before != world.value(files).await);
    }
    println!("{tries} spoiled files, {kept} of them kept");
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert!(kept > 0 && kept < tries, "{kept} of {tries} kept: the mix says nothing");
}

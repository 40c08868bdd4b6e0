use chrono_tz::Tz;

use super::{DemoError, PASSWORD, Stage};
use crate::accounts::actor::Role;
use crate::accounts::{self, NewPerson};
use crate::config::Config;
use crate::db::Db;
use crate::kernel::email::Email;
use crate::kernel::locale::Locale;

#[derive(Debug, Clone)]
pub(super) struct Player {
    pub id: i64,
    pub email: Email,
    pub name: &'static str,
}

/// Everybody except the owners of shops.
pub(super) struct Cast {
    pub buyer: Player,
    pub crowd: Vec<Player>,
    pub reviewer: Player,
    pub administrator: Player,
}

const STAFF: [(&str, &str, &[Role]); 6] = [
    ("reviewer@demo.test", "Ruth Meyer", &[Role::Reviewer]),
    ("mediator@demo.test", "Omar Haddad", &[Role::Mediator]),
    ("mediator2@demo.test", "Ines Duarte", &[Role::Mediator]),
    ("treasurer@demo.test", "Tomas Novak", &[Role::Treasurer]),
    ("treasurer2@demo.test", "Grace Owusu", &[Role::Treasurer]),
    ("administrator@demo.test", "Ada Sorensen", &Role::ALL),
];

const CROWD: [(&str, &str); 5] = [
    ("anna.costa@demo.test", "Anna Costa"),
    ("t.brandt@demo.test", "Till Brandt"),
    ("wang.fang@demo.test", "王芳"),
    ("r.singh@demo.test", "Ravi Singh"),
    ("chen.yu@demo.test", "陈宇"),
];

pub(super) async fn player(
    stage: &Stage,
    address: &str,
    name: &'static str,
) -> Result<Player, DemoError> {
    let email = Email::parse(address).map_err(|_| DemoError::Story("an address"))?;
    // People with Chinese names read Chinese pages.
    let locale = if name.is_ascii() { Locale::En } else { Locale::ZhHans };
    let person = NewPerson {
        email: &email,
        name,
        password: PASSWORD,
        locale,
        time_zone: Tz::Asia__Shanghai,
    };
    let id = accounts::register_confirmed(&stage.db, stage.config.mode, &person).await?;
    Ok(Player { id, email, name })
}

pub(super) async fn cast(stage: &Stage) -> Result<Cast, DemoError> {
    let (mut reviewer, mut administrator) = (None, None);
    for (address, name, roles) in STAFF {
        let somebody = player(stage, address, name).await?;
        for role in roles {
            let key = stage.config.key_bytes();
            let zone = stage.config.time_zone;
            accounts::commands::add_staff(&stage.db, key, &somebody.email, *role, zone).await?;
        }
        let (mode, key) = (stage.config.mode, stage.config.key_bytes());
        accounts::commands::demo_factor(&stage.db, mode, key, somebody.id).await?;
        if roles.contains(&Role::Administrator) {
            administrator = Some(somebody.clone());
        }
        reviewer.get_or_insert(somebody);
    }
    player(stage, "partner@demo.test", "City Market").await?;
    let mut crowd = Vec::new();
    for (address, name) in CROWD {
        crowd.push(player(stage, address, name).await?);
    }
    let buyer = player(stage, "buyer@demo.test", "Mei Lin").await?;
    let reviewer = reviewer.ok_or(DemoError::Story("no reviewer"))?;
    let administrator = administrator.ok_or(DemoError::Story("no administrator"))?;
    Ok(Cast { buyer, crowd, reviewer, administrator })
}

/// Sets up second factors for demo staff who have none. Touches no other accounts.
pub(super) async fn complete_staff(db: &Db, config: &Config) -> Result<(), DemoError> {
    for (address, ..) in STAFF {
        if let Some(person) = accounts::commands::staff_at(db, address).await? {
            accounts::commands::demo_factor(db, config.mode, config.key_bytes(), person).await?;
        }
    }
    Ok(())
}

pub(super) fn staff() -> impl Iterator<Item = &'static str> {
    STAFF.iter().map(|(address, ..)| *address)
}

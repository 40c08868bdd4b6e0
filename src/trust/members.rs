//! The members of a merchant, and who may change them: pure decisions.

use chrono::Duration;
use strum::{EnumString, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::kernel::named::named;
use crate::kernel::time::Timestamp;

pub const INVITATION_LIFETIME: Duration = Duration::days(7);
/// How long the address of an invitation is kept after it expires.
pub const INVITATION_KEPT: Duration = Duration::days(30);
/// Counts open invitations as well.
pub const MAX_MEMBERS: usize = 50;

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MemberRole {
    Member,
    /// May also change members and payment details.
    Owner,
}

named!(MemberRole, name);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user_id: i64,
    pub public_id: Uuid,
    pub role: MemberRole,
    pub since: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub id: Uuid,
    pub merchant_id: i64,
    pub email: String,
    pub role: MemberRole,
    pub invited_by: i64,
    pub expires_at: Timestamp,
    /// When it was accepted, withdrawn or replaced.
    pub ended_at: Option<Timestamp>,
}

impl Invitation {
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipRequest {
    /// Inviting somebody, or withdrawing an invitation.
    Invite,
    Leave,
    Remove(Uuid),
    Change(Uuid, MemberRole),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("only an owner may do this")]
    NotOwner,
    #[error("no such member")]
    NotThere,
    /// Without an owner, nobody could change the merchant any more.
    #[error("the last owner cannot go")]
    LastOwner,
}

/// Decides on a request and returns the member concerned. The caller must hold the merchant's lock,
/// so that `members` stays current.
pub fn decide(members: &[Member], by: i64, wish: MembershipRequest) -> Result<&Member, Refused> {
    let me = members.iter().find(|m| m.user_id == by).ok_or(Refused::NotOwner)?;
    if wish != MembershipRequest::Leave && me.role != MemberRole::Owner {
        return Err(Refused::NotOwner);
    }
    let (whom, stays_owner) = match wish {
        MembershipRequest::Invite => return Ok(me),
        MembershipRequest::Leave => (me, false),
        MembershipRequest::Remove(id) => (find(members, id)?, false),
        MembershipRequest::Change(id, role) => (find(members, id)?, role == MemberRole::Owner),
    };
    let other_owners =
        members.iter().any(|m| m.role == MemberRole::Owner && m.user_id != whom.user_id);
    if !stays_owner && !other_owners {
        return Err(Refused::LastOwner);
    }
    Ok(whom)
}

fn find(members: &[Member], id: Uuid) -> Result<&Member, Refused> {
    members.iter().find(|m| m.public_id == id).ok_or(Refused::NotThere)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum MemberEvent {
    /// The first owner opened the merchant.
    Opened,
    Invited,
    Withdrawn,
    Joined,
    Removed,
    Left,
    MadeOwner,
    /// An owner became a plain member.
    MadeMember,
}

named!(MemberEvent, name);

impl MemberEvent {
    pub const fn of_role(role: MemberRole) -> Self {
        match role {
            MemberRole::Owner => Self::MadeOwner,
            MemberRole::Member => Self::MadeMember,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [Uuid; 3] = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];

    fn people(roles: [MemberRole; 3]) -> Vec<Member> {
        let since = "2026-11-22T12:00:00Z".parse().expect("a time");
        let member = |(at, role): (usize, MemberRole)| Member {
            user_id: i64::try_from(at).expect("small"),
            public_id: IDS[at],
            role,
            since,
        };
        roles.into_iter().enumerate().map(member).collect()
    }

    #[test]
    fn owners_decide_and_one_of_them_stays() {
        use MemberRole::{Member, Owner};
        let one = people([Owner, Member, Member]);
        assert_eq!(decide(&one, 0, MembershipRequest::Leave), Err(Refused::LastOwner));
        assert_eq!(decide(&one, 0, MembershipRequest::Remove(IDS[0])), Err(Refused::LastOwner));
        assert_eq!(
            decide(&one, 0, MembershipRequest::Change(IDS[0], Member)),
            Err(Refused::LastOwner)
        );
        assert_eq!(decide(&one, 0, MembershipRequest::Remove(IDS[1])), Ok(&one[1]));
        assert_eq!(decide(&one, 0, MembershipRequest::Change(IDS[1], Owner)), Ok(&one[1]));
        assert_eq!(decide(&one, 0, MembershipRequest::Change(IDS[0], Owner)), Ok(&one[0]));
        let two = people([Owner, Owner, Member]);
        assert_eq!(decide(&two, 0, MembershipRequest::Leave), Ok(&two[0]));
        assert_eq!(decide(&two, 0, MembershipRequest::Remove(IDS[1])), Ok(&two[1]));
        assert_eq!(decide(&two, 0, MembershipRequest::Change(IDS[1], Member)), Ok(&two[1]));
    }

    #[test]
    fn members_may_only_go_and_strangers_nothing() {
        use MemberRole::{Member, Owner};
        let all = people([Owner, Member, Member]);
        assert_eq!(decide(&all, 1, MembershipRequest::Leave), Ok(&all[1]));
        for by in [1, 7] {
            for wish in [
                MembershipRequest::Invite,
                MembershipRequest::Remove(IDS[0]),
                MembershipRequest::Remove(IDS[1]),
                MembershipRequest::Change(IDS[1], Owner),
            ] {
                assert_eq!(decide(&all, by, wish), Err(Refused::NotOwner), "{by} {wish:?}");
            }
        }
        assert_eq!(decide(&all, 7, MembershipRequest::Leave), Err(Refused::NotOwner));
        let nobody = Uuid::from_u128(9);
        assert_eq!(decide(&all, 0, MembershipRequest::Remove(nobody)), Err(Refused::NotThere));
    }
}

//! What members, staff and the clock do to merchants, a file a concern.

mod badges;
mod domains;
mod members;
mod merchants;

pub use badges::{BadgeError, ByStaff, expire_due, reinstate, revoke, suspend};
pub use domains::{DomainError, add_domain, check_domain, recheck_due, remove_domain};
pub use members::{
    ACCEPT_PATH, INVITATION, accept_invitation, change_role, clean_up, invite, leave,
    open_invitation, remove_member, withdraw_invitation,
};
pub use merchants::{
    MerchantError, RecordDateError, SignError, current_agreement, ensure_agreement,
    enter_record_date, open_merchant, sign_agreement,
};

//! What members, staff and the clock do to merchants.

mod agreements;
mod badges;
mod domains;
mod members;
mod merchants;
mod reminders;
mod thresholds;

pub use agreements::{PublishError, Written, next_version, publish, save_draft, suspend_unsigned};
pub use badges::{
    ByStaff, NewCause, StaffAct, act_as_staff, begin_cause, end_cause, expire_due, reinstate,
    revoke, suspend,
};
pub use domains::{DomainError, add_domain, check_domain, recheck_due, remove_domain};
pub use members::{
    ACCEPT_PATH, INVITATION, accept_invitation, change_role, clean_up, invite, leave,
    open_invitation, remove_member, withdraw_invitation,
};
pub use merchants::{
    MerchantError, RecordDateError, SignError, current_agreement, ensure_agreement,
    enter_record_date, open_merchant, sign_agreement,
};
pub use reminders::{keep_badges, remind};
pub use thresholds::publish_thresholds;

//! `/admin/staff`: who the staff are, their roles, and what administrators do when somebody joins,
//! leaves or loses a phone.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use askama::Template;
use uuid::Uuid;

use super::StepUp;
use super::actor::{Actor, Role};
use super::commands::{self, By, StaffError, StaffMember};
use crate::db::Db;
use crate::kernel::email::Email;
use crate::web::WebConfig;
use crate::web::error::PageError;
use crate::web::form::{Form, Posted};
use crate::web::page::{Page, PageResult, html, html_refused};

const LIST: &str = "/admin/staff";
const REASON: usize = 500;

impl From<StaffError> for PageError {
    fn from(error: StaffError) -> Self {
        let conflict = |text| Self::conflict(text).with_way_on(LIST, "staff-title");
        match error {
            StaffError::Db(error) => error.into(),
            StaffError::Account(error) => error.into(),
            StaffError::NotAdministrator => Self::forbidden(),
            StaffError::Own => conflict("staff-own"),
            StaffError::Changed => conflict("staff-changed"),
            StaffError::Same => conflict("staff-same"),
            StaffError::NoFactor => conflict("staff-no-factor"),
        }
    }
}

/// A role that can be chosen: its form field, name and description.
struct RoleChoice {
    field: String,
    name: String,
    about: String,
    is_chosen: bool,
}

fn choices(page: &Page, chosen: impl Fn(Role) -> bool) -> Vec<RoleChoice> {
    Role::ALL
        .into_iter()
        .map(|role| RoleChoice {
            field: format!("role_{}", role.name()),
            name: page.t(format!("staff-role-{}", role.name())),
            about: page.t(format!("staff-about-{}", role.name())),
            is_chosen: chosen(role),
        })
        .collect()
}

fn chosen(form: &Form) -> Vec<Role> {
    let is = |role: &Role| form.is(&format!("role_{}", role.name()), "yes");
    Role::ALL.into_iter().filter(is).collect()
}

fn role_names(page: &Page, member: &StaffMember) -> String {
    let names: Vec<String> =
        member.roles.iter().map(|role| page.t(format!("staff-role-{role}"))).collect();
    names.join(&page.t("list-separator"))
}

#[derive(Template)]
#[template(path = "accounts/staff.html")]
struct StaffPage {
    page: Page,
    members: Vec<(StaffMember, String)>,
    without_factor: usize,
}

/// GET `/admin/staff`
pub async fn list(page: Page, db: Data<Db>) -> PageResult {
    let members = commands::staff(&db).await?;
    let without_factor = members.iter().filter(|m| !m.has_second_factor).count();
    let members = members.into_iter().map(|m| (m.clone(), role_names(&page, &m))).collect();
    html(&StaffPage { page, members, without_factor })
}

#[derive(Template)]
#[template(path = "accounts/staff_member.html")]
struct MemberPage {
    page: Page,
    member: StaffMember,
    roles: String,
    is_own: bool,
}

/// GET `/admin/staff/{id}`
pub async fn show(page: Page, Actor(me): Actor, id: Path<Uuid>, db: Data<Db>) -> PageResult {
    let member = commands::staff_member(&db, *id).await?;
    let (roles, is_own) = (role_names(&page, &member), member.user_id == me.user_id);
    html(&MemberPage { page, member, roles, is_own })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Invite,
    Roles,
    ResetFactor,
    EndSessions,
    Recover,
}

impl Act {
    /// The infix of its texts: `staff-FAMILY-heading`, `-lead`, `-button`.
    const fn family(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Roles => "roles",
            Self::ResetFactor => "reset",
            Self::EndSessions => "sessions",
            Self::Recover => "recover",
        }
    }

    /// The query that makes the list report success.
    const fn done(self) -> &'static str {
        match self {
            Self::Invite => "?done=staff-invite",
            Self::Roles => "?done=staff-roles",
            Self::ResetFactor => "?done=staff-reset",
            Self::EndSessions => "?done=staff-sessions",
            Self::Recover => "?done=staff-recover",
        }
    }

    const fn asks_email(self) -> bool {
        matches!(self, Self::Invite | Self::Recover)
    }

    const fn asks_roles(self) -> bool {
        matches!(self, Self::Invite | Self::Roles)
    }
}

#[derive(Template)]
#[template(path = "accounts/staff_act.html")]
struct ActPage {
    page: Page,
    form: Form,
    act: Act,
    /// The person the form is about; `None` if the form asks for an address.
    member: Option<StaffMember>,
    roles: Vec<RoleChoice>,
}

impl ActPage {
    fn new(page: Page, form: Form, act: Act, member: Option<StaffMember>) -> Self {
        let has = |role: Role| member.iter().any(|m| m.roles.iter().any(|r| r == role.name()));
        let typed = chosen(&form);
        let is_posted = page.posted;
        let is_chosen = |role: Role| if is_posted { typed.contains(&role) } else { has(role) };
        let roles = if act.asks_roles() { choices(&page, is_chosen) } else { Vec::new() };
        Self { page, form, act, member, roles }
    }

    fn text(&self, part: &str) -> String {
        let name = self.member.as_ref().map_or("", |m| m.name.as_str());
        self.page.t1(&format!("staff-{}-{part}", self.act.family()), "name", name)
    }

    fn back(&self) -> String {
        self.member.as_ref().map_or_else(|| LIST.to_owned(), |m| format!("{LIST}/{}", m.public_id))
    }
}

/// The person an act is about; `None` if its form asks for an address. Refuses the viewer.
async fn subject(
    me: &Actor,
    act: Act,
    id: Option<Uuid>,
    db: &Db,
) -> Result<Option<StaffMember>, PageError> {
    if act.asks_email() {
        return Ok(None);
    }
    let member = commands::staff_member(db, id.ok_or_else(PageError::not_found)?).await?;
    if member.user_id == me.0.user_id {
        return Err(StaffError::Own.into());
    }
    Ok(Some(member))
}

/// Shows the form of an act. Refuses the viewer's own account.
async fn offer(page: Page, me: &Actor, act: Act, id: Option<Uuid>, db: &Db) -> PageResult {
    let member = subject(me, act, id, db).await?;
    html(&ActPage::new(page, Form::new(), act, member))
}

struct RoleRequest {
    email: Option<Email>,
    roles: Vec<Role>,
    reason: String,
}

fn read(page: &Page, act: Act, form: &mut Form) -> RoleRequest {
    let mut email = None;
    if act.asks_email() {
        let typed = form.required(page, "email", 254);
        email = Email::parse(&typed).ok();
        if email.is_none() && !typed.is_empty() {
            form.wrong("email", page.t("accounts-email-wrong"));
        }
    }
    let roles = chosen(form);
    if act == Act::Invite && roles.is_empty() {
        form.wrong("role_reviewer", page.t("staff-role-missing"));
    }
    let reason = form.required_text(page, "reason", REASON);
    RoleRequest { email, roles, reason }
}

/// Reads the form, asks for password and code if needed, performs the act, returns to the list.
#[expect(clippy::too_many_arguments, reason = "what a handler was given")]
async fn perform(
    page: Page,
    me: Actor,
    mut form: Form,
    mut step_up: StepUp,
    act: Act,
    id: Option<Uuid>,
    db: &Db,
    config: &WebConfig,
) -> Result<HttpResponse, PageError> {
    let member = subject(&me, act, id, db).await?;
    let wish = read(&page, act, &mut form);
    if step_up.may_act(&page, &me, db, &mut form).await? {
        let by = By { actor_id: me.0.user_id, reason: &wish.reason };
        match act_on(db, config, by, act, id, &wish).await {
            Ok(()) => return step_up.done(&format!("{LIST}{}", act.done())),
            Err(StaffError::Same) => form.wrong("role_reviewer", page.t("staff-same")),
            Err(StaffError::NoFactor) if act == Act::Recover => {
                form.wrong("email", page.t("staff-no-factor"));
            }
            Err(StaffError::Own) => form.wrong("email", page.t("staff-own")),
            Err(StaffError::Account(commands::AccountError::Disabled)) => {
                form.wrong("email", page.t("staff-disabled"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    html_refused(&ActPage::new(page, form, act, member))
}

async fn act_on(
    db: &Db,
    config: &WebConfig,
    by: By<'_>,
    act: Act,
    id: Option<Uuid>,
    wish: &RoleRequest,
) -> Result<(), StaffError> {
    let (zone, roles) = (config.time_zone, &wish.roles);
    match (act, id, &wish.email) {
        (Act::Invite, _, Some(email)) => {
            commands::invite_staff(db, &config.key, by, email, roles, zone).await.map(|_| ())
        }
        (Act::Recover, _, Some(email)) => commands::reset_second_factor_of(db, by, email).await,
        (Act::Roles, Some(id), _) => commands::change_roles(db, by, id, roles).await,
        (Act::ResetFactor, Some(id), _) => commands::reset_second_factor(db, by, id).await,
        (Act::EndSessions, Some(id), _) => commands::end_staff_sessions(db, by, id).await,
        _ => Err(crate::db::DbError::NotFound.into()),
    }
}

/// Generates the two handlers of an act: GET for its page, POST for its form.
macro_rules! act {
    ($get:ident $post:ident $act:ident $path:literal) => {
        #[doc = concat!("GET `/admin/staff/", $path, "`")]
        pub async fn $get(
            page: Page,
            me: Actor,
            id: Option<Path<Uuid>>,
            db: Data<Db>,
        ) -> PageResult {
            offer(page, &me, Act::$act, id.map(|id| *id), &db).await
        }

        #[doc = concat!("POST `/admin/staff/", $path, "`")]
        pub async fn $post(
            page: Page,
            me: Actor,
            Posted(fields): Posted,
            step_up: StepUp,
            id: Option<Path<Uuid>>,
            db: Data<Db>,
            config: Data<WebConfig>,
        ) -> PageResult {
            let (form, id) = (Form::filled(fields), id.map(|id| *id));
            perform(page, me, form, step_up, Act::$act, id, &db, &config).await
        }
    };
}

act!(invite invite_post Invite "invite");
act!(recover recover_post Recover "recover");
act!(roles roles_post Roles "{id}/roles");
act!(reset reset_post ResetFactor "{id}/second-factor");
act!(sessions sessions_post EndSessions "{id}/sessions");

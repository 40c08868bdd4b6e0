//! Publishing a new version of the thresholds: edit, compare with those in force, publish. Nothing
//! is stored in between; the form carries the version that its reader saw.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use rust_decimal::Decimal;

use crate::accounts::StepUp;
use crate::accounts::actor::Desk;
use crate::admission::{QueueFilter, QueueState, queue_count};
use crate::db::{Db, DbError};
use crate::kernel::texts::Arg;
use crate::trust::commands::{PublishError, publish_thresholds};
use crate::trust::criteria::{Criterion, Thresholds};
use crate::trust::threshold_versions;
use crate::trust::thresholds::{Published, Threshold, Unit, Wrong, changes};
use crate::web::error::PageError;
use crate::web::form::{Fields, Form, Posted};
use crate::web::page::{Page, PageResult, html_with};

/// In characters.
const REASON_MAX: usize = 2_000;
/// The field with the version that the reader saw. It also shows errors about the whole form.
const SEEN: &str = "version";

struct Asked {
    key: &'static str,
    label: String,
    hint: String,
    mode: &'static str,
}

#[derive(Template)]
#[template(path = "backoffice/thresholds.html")]
struct EditPage {
    page: Page,
    form: Form,
    next: i32,
    /// By criterion: its name, and its thresholds.
    groups: Vec<(String, Vec<Asked>)>,
}

/// The initial form, with the thresholds in force.
fn first(published: &Published) -> Form {
    fill(published, |which| which.shown(which.of(&published.thresholds)))
}

fn fill(published: &Published, value: impl Fn(Threshold) -> String) -> Form {
    let version = published.version.version.to_string();
    let values: Vec<(&str, String)> =
        Threshold::ALL.into_iter().map(|which| (which.key(), value(which))).collect();
    let mut pairs: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
    pairs.push((SEEN, version.as_str()));
    Form::filled(Fields::from_pairs(&pairs))
}

fn edit(page: Page, form: Form, in_force: &Published, status: StatusCode) -> PageResult {
    let asked = |which: Threshold| {
        let (least, most) = which.bounds();
        let now = which.words(which.of(&in_force.thresholds), page.locale);
        let (least, most) = (which.shown(least), which.words(most, page.locale));
        Asked {
            key: which.key(),
            label: which.label(page.locale),
            hint: page.t3("thresholds-hint", "now", now, "least", least, "most", most),
            mode: match which.unit() {
                Unit::Count | Unit::Months | Unit::Days => "numeric",
                Unit::Percent | Unit::Stars => "decimal",
            },
        }
    };
    let of = |criterion: Criterion| {
        let mine = Threshold::ALL.into_iter().filter(|which| which.criterion() == criterion);
        (page.t(format!("criterion-{}", criterion.key())), mine.map(asked).collect::<Vec<_>>())
    };
    let groups = Criterion::ALL.into_iter().map(of).filter(|(_, all)| !all.is_empty()).collect();
    let next = in_force.version.version + 1;
    html_with(status, &EditPage { page, form, next, groups })
}

/// A change in the preview: label, old value, new value.
type Row = (String, String, String);

#[derive(Template)]
#[template(path = "backoffice/thresholds_preview.html")]
struct PreviewPage {
    page: Page,
    form: Form,
    next: i32,
    rows: Vec<Row>,
    open: i64,
}

impl PreviewPage {
    /// The hidden fields: the version that the reader saw, and the numbers.
    fn carried(&self) -> Vec<(&'static str, &str)> {
        let keys = Threshold::ALL.into_iter().map(Threshold::key).chain([SEEN]);
        keys.map(|key| (key, self.form.value(key))).collect()
    }
}

async fn preview(
    page: Page,
    form: Form,
    db: &Db,
    wish: &PublishRequest,
    status: StatusCode,
) -> PageResult {
    let row = |which: Threshold, from: Decimal, to: Decimal| {
        let words = |value| which.words(value, page.locale);
        (which.label(page.locale), words(from), words(to))
    };
    let changed = changes(&wish.in_force.thresholds, &wish.thresholds);
    let rows = changed.iter().map(|c| row(c.which, c.from, c.to)).collect();
    let open = open_applications(&page, db).await?;
    let next = wish.in_force.version.version + 1;
    html_with(status, &PreviewPage { page, form, next, rows, open })
}

/// How many applications are undecided. They are few, and have their own index.
async fn open_applications(page: &Page, db: &Db) -> Result<i64, DbError> {
    let asked = QueueFilter { state: QueueState::NeedsInformation, ..QueueFilter::default() };
    Ok(queue_count(db, &QueueFilter::default(), page.now).await?
        + queue_count(db, &asked, page.now).await?)
}

struct PublishRequest {
    in_force: Published,
    thresholds: Thresholds,
}

/// The result of reading a posted form.
enum Read {
    PublishRequest(PublishRequest),
    /// The page to show instead.
    Answer(PageResult),
}

/// Reads a posted form. If somebody has published a version since, the form is shown again: the
/// reader's changes applied to the thresholds now in force.
async fn read(page: &Page, form: &Form, db: &Db) -> Result<Read, DbError> {
    let published = threshold_versions(db).await?;
    let seen: i32 = form.value(SEEN).parse().unwrap_or(-1);
    let saw = published.iter().find(|p| p.version.version == seen);
    let in_force = published.first().cloned().ok_or(DbError::NotFound)?;
    if in_force.version.version != seen {
        return Ok(Read::Answer(stale(page, form, saw, &in_force)));
    }
    let mut form = form.clone();
    if form.is("edit", "yes") {
        return Ok(Read::Answer(edit(page.clone(), form, &in_force, StatusCode::OK)));
    }
    let mut thresholds = in_force.thresholds.clone();
    for which in Threshold::ALL {
        match which.read(form.value(which.key())) {
            Ok(value) => which.set(&mut thresholds, value),
            Err(wrong) => form.wrong(which.key(), words(page, which, wrong)),
        }
    }
    if form.is_ok() && changes(&in_force.thresholds, &thresholds).is_empty() {
        form.wrong(SEEN, page.t("thresholds-same"));
    }
    if form.is_ok() {
        return Ok(Read::PublishRequest(PublishRequest { in_force, thresholds }));
    }
    let again = edit(page.clone(), form, &in_force, StatusCode::UNPROCESSABLE_ENTITY);
    Ok(Read::Answer(again))
}

fn stale(page: &Page, form: &Form, saw: Option<&Published>, in_force: &Published) -> PageResult {
    let mut form = fill(in_force, |which| {
        let typed = form.value(which.key());
        let is_untouched = saw.is_some_and(|s| which.read(typed) == Ok(which.of(&s.thresholds)));
        if is_untouched { which.shown(which.of(&in_force.thresholds)) } else { typed.to_owned() }
    });
    form.wrong(SEEN, page.t1("thresholds-changed", "version", in_force.version.version));
    edit(page.clone(), form, in_force, StatusCode::CONFLICT)
}

fn words(page: &Page, which: Threshold, wrong: Wrong) -> String {
    let key = match (wrong, which.unit()) {
        (Wrong::OutOfBounds, _) => {
            let (least, most) = which.bounds();
            let args = [("least", which.shown(least)), ("most", which.words(most, page.locale))];
            return page.text("thresholds-bounds", &args.map(|(name, v)| (name, Arg::from(v))));
        }
        (Wrong::NotANumber, Unit::Percent) => "thresholds-number-percent",
        (Wrong::NotANumber, Unit::Stars) => "thresholds-number-stars",
        (Wrong::NotANumber, _) => "thresholds-number-whole",
    };
    page.t(key)
}

/// GET `/admin/policies/thresholds`
pub async fn next(page: Page, db: Data<Db>) -> PageResult {
    let published = threshold_versions(&db).await?;
    let in_force = published.first().ok_or_else(PageError::not_found)?;
    edit(page, first(in_force), in_force, StatusCode::OK)
}

/// POST `/admin/policies/thresholds`: previews the changes.
pub async fn look(page: Page, Posted(fields): Posted, db: Data<Db>) -> PageResult {
    let form = Form::filled(fields);
    match read(&page, &form, &db).await? {
        Read::PublishRequest(wish) => preview(page, form, &db, &wish, StatusCode::OK).await,
        Read::Answer(answer) => answer,
    }
}

/// POST `/admin/policies/thresholds/publish`
pub async fn publish(
    Desk { page, actor, db, .. }: Desk,
    Posted(fields): Posted,
    mut step_up: StepUp,
) -> PageResult {
    let mut form = Form::filled(fields);
    let wish = match read(&page, &form, &db).await? {
        Read::PublishRequest(wish) => wish,
        Read::Answer(answer) => return answer,
    };
    let reason = form.required_text(&page, "publish_reason", REASON_MAX);
    if !step_up.may_act(&page, &actor, &db, &mut form).await? {
        return preview(page, form, &db, &wish, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let (seen, thresholds) = (wish.in_force.version.version, wish.thresholds);
    match publish_thresholds(&db, actor.0.user_id, seen, thresholds, &reason).await {
        Ok(()) => step_up.done("/admin/policies?done=thresholds-published"),
        // Somebody else was faster: read again what is in force now.
        Err(PublishError::Changed | PublishError::Same) => match read(&page, &form, &db).await? {
            Read::Answer(answer) => answer,
            Read::PublishRequest(_) => Err(PageError::conflict("policies-changed")),
        },
        Err(PublishError::NotAdministrator) => Err(PageError::forbidden()),
        Err(PublishError::Db(error)) => Err(error.into()),
        Err(PublishError::Day(_)) => Err(PageError::bad_request()),
    }
}

use super::*;
use crate::files::Kind;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn document(id: i64, sha256: &str, label: &str) -> Document {
    let file = StoredFile {
        id,
        public_id: Uuid::from_u128(id.unsigned_abs().into()),
        sha256: sha256.to_owned(),
        kind: Kind::Pdf,
        bytes: 9,
        name: "paper.pdf".to_owned(),
        uploaded_by: 1,
        uploaded_at: at("2026-11-22T12:00:00Z"),
    };
    let category = Category::Other;
    Document { file, category, label: label.to_owned(), is_taken_over: false }
}

fn submission(address: &str, documents: &[Document]) -> Submission {
    let now = at("2026-11-22T12:00:00Z");
    Submission {
        application_id: 1,
        application: Uuid::nil(),
        standing: (Status::Submitted, now),
        version: 1,
        at: now,
        business_details: BusinessDetails {
            address: address.to_owned(),
            ..BusinessDetails::default()
        },
        documents: documents.to_vec(),
    }
}

#[test]
fn only_what_differs_is_named() {
    let one = submission("1 Canal Street", &[document(1, "a", "")]);
    assert!(Changes::between(&one, &one).is_empty());
    let changes = Changes::between(&one, &submission("2 Canal Street", &[]));
    let detail = Changed {
        field: "address",
        from: "1 Canal Street".to_owned(),
        to: "2 Canal Street".to_owned(),
    };
    assert_eq!(changes.details, [detail]);
    assert_eq!((changes.removed.len(), changes.added.len(), changes.kept), (1, 0, 0));
    // From an empty detail, and to one.
    let changes = Changes::between(&submission("", &[]), &one);
    assert_eq!((changes.details[0].from.as_str(), changes.added.len()), ("", 1));
}

#[test]
fn a_document_is_told_by_its_content_and_title() {
    let before =
        submission("", &[document(1, "a", ""), document(2, "b", ""), document(3, "c", "")]);
    // Copied to new files in another order, one with another title.
    let all = [document(12, "b", ""), document(11, "a", ""), document(13, "c", "Permit")];
    let changes = Changes::between(&before, &submission("", &all));
    let ids = |documents: &[Document]| documents.iter().map(|d| d.file.id).collect::<Vec<_>>();
    assert_eq!((ids(&changes.added), ids(&changes.removed), changes.kept), (vec![13], vec![3], 2));
    // The same document sent twice counts as one more.
    let twice = [document(1, "a", ""), document(4, "a", "")];
    let changes = Changes::between(&submission("", &twice[..1]), &submission("", &twice));
    assert_eq!((ids(&changes.added), changes.removed.len(), changes.kept), (vec![4], 0, 1));
}

#[test]
fn a_long_text_is_cut_to_where_it_differs() {
    assert_eq!(excerpts("一号楼", "二号楼"), ("一号楼".to_owned(), "二号楼".to_owned()));
    let (head, tail) = ("长".repeat(500), "尾".repeat(500));
    let (from, to) = excerpts(&format!("{head}甲{tail}"), &format!("{head}乙{tail}"));
    assert_eq!(from.chars().count(), SHOWN + 2);
    assert!(from.starts_with("…长") && from.contains("长甲尾") && from.ends_with("尾…"), "{from}");
    assert!(to.contains("长乙尾"), "{to}");
    // A text that was cleared, and one that is a prefix of the other.
    let (from, to) = excerpts(&format!("{head}{tail}"), "");
    assert_eq!((from.chars().count(), to.as_str()), (SHOWN + 1, ""));
    let (from, to) = excerpts(&head, &format!("{head}完"));
    assert_eq!(from, format!("…{}", "长".repeat(BEFORE)));
    assert_eq!(to, format!("…{}完", "长".repeat(BEFORE)));
}

//! Every write that answers with a row is read to its end: diesel-async's `get_result` stops after
//! the first row, and an error that comes with the commit is lost (`tests/it/db/commit_errors.rs`).

use super::source::{Source, begins_word, word};

/// Functions of the database that only read.
const READS: &[&str] =
    &["surety_now", "clock_timestamp", "account_balance", "audit_differences", "lower", "date"];

const SIGNS: &[&str] =
    &["insert_into(", "update(", "delete(", "INSERT INTO ", "UPDATE ", "DELETE FROM "];

/// Every `get_result` and its kin behind a write.
pub fn cut_short(sources: &[Source]) -> Vec<String> {
    let functions: Vec<String> = sources.iter().flat_map(writing_functions).collect();
    let mut wrong = Vec::new();
    for source in sources.iter().filter(|s| s.wing().is_some() && !s.is_test) {
        for reader in [".get_result(", ".get_result::<", ".first(", ".first::<"] {
            for (at, _) in source.code.match_indices(reader) {
                let start = source.code[..at].rfind([';', '}']).map_or(0, |i| i + 1);
                let (code, bare) = (&source.code[start..at], &source.bare[start..at]);
                let writes = SIGNS.iter().any(|sign| has_word(bare, sign))
                    || functions.iter().any(|name| has_word(code, &format!("{name}(")));
                if writes {
                    wrong.push(source.at(
                        at,
                        format!(
                            "{reader}…) behind a write loses what goes wrong at the commit: \
                             use .load() and take the row"
                        ),
                    ));
                }
            }
        }
    }
    wrong
}

fn has_word(text: &str, sign: &str) -> bool {
    text.match_indices(sign).any(|(at, _)| begins_word(text, at))
}

/// The functions of the database that a file declares and that write.
fn writing_functions(source: &Source) -> Vec<String> {
    let declarations = source.code.split("define_sql_function!").skip(1);
    declarations
        .filter_map(|text| Some(word(text.split("fn ").nth(1)?).to_owned()))
        .filter(|name| !READS.contains(&name.as_str()))
        .collect()
}

#[cfg(test)]
mod self_test {
    use super::cut_short;
    use crate::source::Source;

    #[test]
    fn writes_that_are_cut_short_are_found() {
        for (code, count) in [
            ("let id = diesel::insert_into(t).values(v).returning(id).get_result(c).await?;", 1),
            ("diesel::update(t).set(x).returning(id)\n.get_result::<i64>(c)", 1),
            ("sql_query(\"INSERT INTO t VALUES (1) RETURNING x\").get_result(c)", 1),
            ("diesel::select(change_it(1)).get_result(c)", 1),
            ("diesel::insert_into(t).values(v).execute(c); t.get_result(c)", 0),
            ("diesel::insert_into(t).values(v).returning(id).load(c)", 0),
            ("diesel::select(surety_now()).get_result(c)", 0),
            ("t.for_update().first(c)", 0),
        ] {
            let code = format!(
                "define_sql_function! {{ fn change_it(id: Int8) -> Text; }}\n\
                 define_sql_function! {{ fn surety_now() -> Timestamptz; }}\nfn f() {{ {code} }}"
            );
            let found = cut_short(&[Source::rust("src/orders/store.rs", &code)]);
            assert_eq!(found.len(), count, "{code}: {found:?}");
        }
    }
}

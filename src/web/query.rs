//! The query of an address, read as leniently as a form: the address bar is a field too.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use url::form_urlencoded::{Serializer, parse};

use super::error::PageError;
use crate::kernel::typed;

/// The most characters that a value may have.
pub const VALUE_MAX: usize = 2_048;

/// The parameters of a request. Of a repeated one the last counts, an empty one counts as absent,
/// and what cannot be typed is dropped.
///
/// Extraction answers 414 for a value of more than [`VALUE_MAX`] characters and 400 for one that is
/// not of its type.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T> Query<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut actix_web::dev::Payload) -> Self::Future {
        ready(read(request.query_string()).map(Self).map_err(Into::into))
    }
}

/// A filter that has a list of values. One that is not on it is refused with 422: dropped, it would
/// show everything to somebody who asked for a part.
pub fn chosen<T>(typed: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, PageError> {
    match typed.trim() {
        "" => Ok(None),
        name => match parse(name) {
            Some(value) => Ok(Some(value)),
            None => Err(PageError::new(StatusCode::UNPROCESSABLE_ENTITY, "error-filter")),
        },
    }
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, PageError> {
    let mut last: Vec<(String, String)> = Vec::new();
    for (name, value) in parse(query.as_bytes()) {
        let value = typed::clean(&value);
        if value.chars().count() > VALUE_MAX {
            return Err(PageError::new(StatusCode::URI_TOO_LONG, "error-too-large"));
        }
        last.retain(|(other, _)| *other != name);
        if !value.trim().is_empty() {
            last.push((name.into_owned(), value));
        }
    }
    let clean = Serializer::new(String::new()).extend_pairs(last).finish();
    match web::Query::<T>::from_query(&clean) {
        Ok(query) => Ok(query.into_inner()),
        Err(_) => Err(PageError::bad_request()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Asked {
        #[serde(default)]
        q: String,
        before: Option<i64>,
    }

    fn asked(query: &str) -> (String, Option<i64>) {
        let asked = read::<Asked>(query).expect("a query");
        (asked.q, asked.before)
    }

    #[test]
    fn the_last_of_a_repeated_parameter_counts_and_an_empty_one_is_none() {
        assert_eq!(asked("q=a&q=b&before=1&before=2"), ("b".to_owned(), Some(2)));
        assert_eq!(asked("before=&q="), (String::new(), None));
        assert_eq!(asked("before=7&before=%20"), (String::new(), None));
        assert_eq!(asked("q=a%00b%1Fc%E2%80%AEd&other=%00"), ("abcd".to_owned(), None));
        assert_eq!(asked(""), (String::new(), None));
    }

    #[test]
    fn what_is_too_long_or_of_another_type_is_refused() {
        let status = |query: &str| read::<Asked>(query).err().map(|e| e.status);
        let long = "x".repeat(VALUE_MAX + 1);
        assert_eq!(status(&format!("q={long}")), Some(StatusCode::URI_TOO_LONG));
        assert_eq!(status(&format!("q={}", "界".repeat(VALUE_MAX))), None);
        for query in ["before=x", "before=9223372036854775808", "before=1.5"] {
            assert_eq!(status(query), Some(StatusCode::BAD_REQUEST), "{query}");
        }
    }
}

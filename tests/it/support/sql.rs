//! SQL as tests write it: text in, text out.

use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

/// A row as PostgreSQL writes it; `None` is NULL.
pub type Row = Vec<Option<String>>;

/// A connection with one role to one database.
pub struct Sql(Client);

impl Sql {
    /// Connects.
    pub async fn connect(url: &str) -> Self {
        let sql = Self(connect(url).await);
        // A test that waits for itself fails instead of hanging.
        sql.rows("SET statement_timeout = '20s'").await;
        sql
    }

    /// Runs statements (each is its own transaction unless they begin one) and returns the rows
    /// of them all.
    pub async fn try_rows(&self, sql: &str) -> Result<Vec<Row>, Error> {
        let messages = self.0.simple_query(sql).await?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|i| row.get(i).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// As [`Self::try_rows`]; an error fails the test.
    pub async fn rows(&self, sql: &str) -> Vec<Row> {
        match self.try_rows(sql).await {
            Ok(rows) => rows,
            Err(error) => panic!("{}\nin {sql}", describe(&error)),
        }
    }

    /// The one value of a query; NULL is the empty text.
    pub async fn value(&self, sql: &str) -> String {
        let rows = self.rows(sql).await;
        assert_eq!(rows.len(), 1, "one row is expected of {sql}");
        rows[0][0].clone().unwrap_or_default()
    }

    /// The SQLSTATE and message that a statement is refused with; that it passes fails the test.
    pub async fn refused(&self, sql: &str) -> (String, String) {
        match self.try_rows(sql).await {
            Ok(rows) => panic!("was not refused, but answered {rows:?}: {sql}"),
            Err(error) => match error.as_db_error() {
                Some(e) => (e.code().code().to_owned(), e.message().to_owned()),
                None => panic!("{error}\nin {sql}"),
            },
        }
    }

    /// The client itself, for parameters and transactions.
    pub fn client(&mut self) -> &mut Client {
        &mut self.0
    }
}

/// An error with the server's words.
pub fn describe(error: &Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |e| format!("{}: {} {}", e.code().code(), e.message(), e.detail().unwrap_or_default()),
    )
}

/// A text as an SQL literal.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(super) async fn connect(url: &str) -> Client {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.expect("a connection to PostgreSQL");
    tokio::spawn(connection);
    client
}

//! A mail server for one test: a real conversation over TCP, with the answers that the test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What happens to the next mail; without any, it is accepted.
#[derive(Debug, Clone, Copy)]
pub enum Fate {
    /// The recipient is refused with this answer.
    RecipientRefused(&'static str),
    /// The text is received and then refused with this answer.
    TextRefused(&'static str),
    /// The text is received, and then the line is cut.
    HangUp,
}

#[derive(Default)]
struct Shared {
    fates: Mutex<VecDeque<Fate>>,
    received: Mutex<Vec<String>>,
    arrived: Notify,
}

/// The server; it ends with the test's runtime.
pub struct SmtpServer {
    /// For `SURETY_SMTP_URL`.
    pub url: String,
    shared: Arc<Shared>,
}

impl SmtpServer {
    /// Listens on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared::default());
        let server = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, Arc::clone(&server)));
            }
        });
        Self { url, shared }
    }

    /// Decides about mails to come, in their order.
    pub fn plan(&self, fates: &[Fate]) {
        self.shared.fates.lock().expect("the plan").extend(fates);
    }

    /// Waits until so many texts were received; a minute without them fails the test.
    pub async fn wait_for(&self, count: usize) {
        let wait = async {
            loop {
                let arrived = self.shared.arrived.notified();
                if self.received().len() >= count {
                    return;
                }
                arrived.await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(60), wait).await;
        assert!(waited.is_ok(), "{} of {count} mails arrived", self.received().len());
    }

    /// Every text that was received whole, accepted or not.
    pub fn received(&self) -> Vec<String> {
        self.shared.received.lock().expect("the mails").clone()
    }
}

/// A header of a received mail.
pub fn header<'a>(mail: &'a str, name: &str) -> &'a str {
    let head = mail.split("\n\n").next().unwrap_or_default();
    let line = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {head}"))
}

async fn converse(stream: TcpStream, shared: Arc<Shared>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    talk(&mut lines, &mut write, &shared).await.ok();
}

async fn say(write: &mut OwnedWriteHalf, answer: &str) -> std::io::Result<()> {
    write.write_all(format!("{answer}\r\n").as_bytes()).await
}

async fn talk(
    lines: &mut Lines<BufReader<OwnedReadHalf>>,
    write: &mut OwnedWriteHalf,
    shared: &Shared,
) -> std::io::Result<()> {
    say(write, "220 mail.test ready").await?;
    let mut fate = None;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" | "HELO" => say(write, "250 mail.test").await?,
            "MAIL" => {
                fate = shared.fates.lock().expect("the plan").pop_front();
                say(write, "250 go on").await?;
            }
            "RCPT" => match fate {
                Some(Fate::RecipientRefused(answer)) => say(write, answer).await?,
                _ => say(write, "250 known here").await?,
            },
            "DATA" => {
                say(write, "354 go on").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    text.push('\n');
                }
                shared.received.lock().expect("the mails").push(text);
                shared.arrived.notify_one();
                match fate {
                    Some(Fate::TextRefused(answer)) => say(write, answer).await?,
                    Some(Fate::HangUp) => return Ok(()),
                    _ => say(write, "250 taken").await?,
                }
            }
            "QUIT" => return say(write, "221 bye").await,
            _ => say(write, "250 fine").await?,
        }
    }
    Ok(())
}

//! Against a server of a few lines that does what no real one would do on demand.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::channels::call::{MailServer, Security};
use crate::domain::secret::Secret;

const MAY: MayLeave<'static> = &|| Box::pin(async { true });
const WAIT: Duration = Duration::from_secs(30);

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

/// A server that answers every recipient like this and says nothing at all after that; gives the last line that
/// it heard.
async fn falls_silent(listener: TcpListener, recipient: &'static [u8]) -> String {
    let mut heard = String::new();
    let (stream, _) = listener.accept().await.expect("a client");
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 here\r\n").await.expect("greeted");
    while let Ok(Some(line)) = lines.next_line().await {
        let answer: &[u8] = match line.split_whitespace().next() {
            Some("EHLO") => b"250 here\r\n",
            Some("MAIL") => b"250 ok\r\n",
            Some("RCPT") => recipient,
            _ => b"",
        };
        heard = line;
        write.write_all(answer).await.expect("answered");
    }
    heard
}

/// What a server of many connections saw.
#[derive(Default)]
struct Seen {
    open: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
}

/// Takes every mail on any number of connections; tells every line that it hears. Recipients that begin with
/// `closing` get a 421.
async fn takes_all(
    listener: TcpListener,
    seen: Arc<Seen>,
    heard: mpsc::UnboundedSender<String>,
    ehlo: &'static str,
) {
    while let Ok((stream, _)) = listener.accept().await {
        let (seen, heard) = (Arc::clone(&seen), heard.clone());
        tokio::spawn(async move {
            seen.all.fetch_add(1, SeqCst);
            let open = seen.open.fetch_add(1, SeqCst) + 1;
            seen.most.fetch_max(open, SeqCst);
            converse(stream, &heard, ehlo).await;
            seen.open.fetch_sub(1, SeqCst);
        });
    }
}

async fn converse(stream: TcpStream, heard: &mpsc::UnboundedSender<String>, ehlo: &str) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut answer = "220 here".to_owned();
    let mut in_message = false;
    loop {
        if !answer.is_empty() && write.write_all(format!("{answer}\r\n").as_bytes()).await.is_err() {
            return;
        }
        let Ok(Some(line)) = lines.next_line().await else { return };
        answer = match line.split_whitespace().next() {
            _ if in_message && line == "." => {
                in_message = false;
                "250 2.0.0 queued".to_owned()
            }
            _ if in_message => String::new(),
            Some("EHLO") => ehlo.to_owned(),
            Some("DATA") => {
                in_message = true;
                "354 go on".to_owned()
            }
            Some("RCPT") if line.contains("closing") => "421 4.3.2 closing".to_owned(),
            _ => "250 ok".to_owned(),
        };
        let quits = line == "QUIT";
        // Nobody listens at the end of a test.
        let _ = heard.send(line);
        if quits {
            return;
        }
    }
}

fn to(port: u16, person: &str) -> MailCall {
    MailCall {
        server: MailServer::new("127.0.0.1", port, Security::None),
        password: None,
        from: "ops@example.com".into(),
        to: format!("{person}@example.com"),
        report: None,
        message: b"Subject: x\r\n\r\nx\r\n".to_vec(),
    }
}

fn code(answer: &Answer) -> Option<u16> {
    match answer {
        Answer::Mail(reply) => Some(reply.code),
        _ => None,
    }
}

#[tokio::test]
async fn no_message_is_handed_over_for_a_sender_that_lost_its_place_meanwhile() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(falls_silent(listener, b"250 ok\r\n"));
    let taken_over: MayLeave<'_> = &|| Box::pin(async { false });
    let answer = SmtpCarrier::default().carry(&to(port, "nobody"), WAIT, taken_over).await;
    assert!(matches!(answer, Answer::NotSent(_)), "{answer:?}");
    let last = server.await.expect("it ended with the connection");
    assert!(!last.starts_with("DATA"), "{last}");
}

#[tokio::test]
async fn a_server_that_falls_silent_after_its_refusal_holds_nobody_up() {
    let (listener, port) = listen().await;
    let server = tokio::spawn(falls_silent(listener, b"550 5.1.1 nobody\r\n"));
    let carrier = SmtpCarrier::default();
    let answer = carrier.carry(&to(port, "nobody"), WAIT, MAY).await;
    assert_eq!(code(&answer), Some(550), "{answer:?}");
    assert_eq!(carrier.pool.parked(), 0, "it is not used again");
    server.abort();
}

#[tokio::test]
async fn however_many_want_to_send_no_more_connections_are_open_than_were_promised() {
    let (listener, port) = listen().await;
    let (seen, (tell, _heard)) = (Arc::<Seen>::default(), mpsc::unbounded_channel());
    tokio::spawn(takes_all(listener, Arc::clone(&seen), tell, "250 here"));
    let carrier = SmtpCarrier::default();
    let calls: Vec<MailCall> = (0..30)
        .map(|at| {
            let mut call = to(port, &format!("p{at}"));
            call.server.connections = 2;
            call
        })
        .collect();
    let sent = futures_util::future::join_all(calls.iter().map(|call| carrier.carry(call, WAIT, MAY))).await;
    assert!(sent.iter().all(|answer| code(answer) == Some(250)), "{sent:?}");
    assert_eq!((seen.most.load(SeqCst), seen.all.load(SeqCst)), (2, 2), "both were used again and again");
}

#[tokio::test]
async fn a_connection_ends_after_its_messages_after_a_421_and_when_nobody_needs_it() {
    let (listener, port) = listen().await;
    let (seen, (tell, mut heard)) = (Arc::<Seen>::default(), mpsc::unbounded_channel());
    tokio::spawn(takes_all(listener, Arc::clone(&seen), tell, "250 here"));
    let carrier = SmtpCarrier::default();
    let mut call = to(port, "ann");
    call.server.per_connection = 2;
    for _ in 0..4 {
        assert_eq!(code(&carrier.carry(&call, WAIT, MAY).await), Some(250));
    }
    assert_eq!(seen.all.load(SeqCst), 2, "two over each");
    let mut closing = to(port, "closing");
    closing.server.per_connection = 2;
    assert_eq!(code(&carrier.carry(&closing, WAIT, MAY).await), Some(421));
    assert_eq!(code(&carrier.carry(&call, WAIT, MAY).await), Some(250));
    assert_eq!(seen.all.load(SeqCst), 4, "a new one after it was told to go");
    // The last one has sent one and waits; it says goodbye by itself.
    let mut quits = 0;
    while let Some(line) = heard.recv().await {
        quits += usize::from(line == "QUIT");
        if quits == 4 {
            break;
        }
    }
    assert_eq!(carrier.pool.parked(), 0);
}

#[tokio::test]
async fn reports_are_asked_for_where_they_are_offered_and_nowhere_else() {
    for (ehlo, asked) in [("250-here\r\n250 DSN", true), ("250 here", false)] {
        let (listener, port) = listen().await;
        let (tell, mut heard) = mpsc::unbounded_channel();
        tokio::spawn(takes_all(listener, Arc::default(), tell, ehlo));
        let mut call = to(port, "ann");
        call.report = Some("d1".into());
        assert_eq!(code(&SmtpCarrier::default().carry(&call, WAIT, MAY).await), Some(250));
        let mut lines = Vec::new();
        while let Ok(line) = heard.try_recv() {
            lines.push(line.trim_end().to_owned());
        }
        let said = |line: &str| lines.iter().any(|said| said == line);
        assert_eq!(said("MAIL FROM:<ops@example.com> RET=HDRS ENVID=d1"), asked, "{lines:?}");
        assert_eq!(said("RCPT TO:<ann@example.com> NOTIFY=FAILURE,DELAY"), asked, "{lines:?}");
        assert_eq!(said("RCPT TO:<ann@example.com>"), !asked, "{lines:?}");
    }
}

#[tokio::test]
async fn an_address_beyond_ascii_goes_where_it_is_understood_and_is_refused_in_words_elsewhere() {
    for (ehlo, taken) in [("250-here\r\n250-8BITMIME\r\n250 SMTPUTF8", true), ("250 here", false)] {
        let (listener, port) = listen().await;
        let (tell, mut heard) = mpsc::unbounded_channel();
        tokio::spawn(takes_all(listener, Arc::default(), tell, ehlo));
        let carrier = SmtpCarrier::default();
        let answer = carrier.carry(&to(port, "用户"), WAIT, MAY).await;
        let Answer::Mail(reply) = answer else { unreachable!("{answer:?}") };
        if taken {
            assert_eq!(reply.code, 250);
            let mut said = String::new();
            while let Ok(line) = heard.try_recv() {
                said.push_str(&line);
            }
            assert!(said.contains("SMTPUTF8") && said.contains("RCPT TO:<用户@example.com>"), "{said}");
        } else {
            assert_eq!((reply.stage, reply.code), (MailStage::Recipient, 553));
            assert!(reply.text.contains("SMTPUTF8"), "{}", reply.text);
            assert_eq!(
                code(&carrier.carry(&to(port, "ann"), WAIT, MAY).await),
                Some(250),
                "nobody else minds"
            );
        }
    }
}

#[tokio::test]
async fn a_file_of_authorities_that_holds_none_is_a_matter_for_the_operator() {
    let mut call = to(1, "ann");
    call.server.security = Security::Tls;
    for file in ["/nowhere/ca.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        call.server.ca_file = Some(file.into());
        let answer = SmtpCarrier::default().carry(&call, WAIT, MAY).await;
        let Answer::Mail(reply) = answer else { unreachable!("{answer:?}") };
        assert!(reply.stage == MailStage::Trust && reply.text.starts_with(file), "{}", reply.text);
    }
}

#[test]
fn another_password_is_another_login() {
    let of = |password: &str| {
        let mut call = to(1, "ann");
        (call.server.user, call.password) = (Some("u".into()), Some(Secret::new(password)));
        Login::of(&call)
    };
    assert!(of("one") == of("one") && of("one") != of("two"));
}

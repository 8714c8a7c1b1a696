//! What the checks of Compose pass, the providers take: a generated corpus of messages, each checked for every
//! kind and, where no check fails, sent to the sandbox, which refuses what the real servers refuse.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushdeck::channels::answer::Answer;
use pushdeck::channels::call::Call;
use pushdeck::channels::catalog;
use pushdeck::channels::check::{Fact, Level, check};
use pushdeck::channels::kind::{Kind, Target, To};
use pushdeck::channels::outcome::{Outcomes, Verdict};
use pushdeck::channels::pass::{Departure, Obtain};
use pushdeck::channels::render::Prepared;
use pushdeck::delivery::carrier::Carrier;
use pushdeck::domain::channel::Account;
use pushdeck::domain::id::ChannelId;
use pushdeck::domain::message::{Format, Message};
use pushdeck::domain::secret::Secret;
use pushdeck::domain::time::Millis;
use pushdeck::sandbox::{self, Options, Sandbox};

const MESSAGES: usize = 500;
const SEED: u64 = 20_261_126;

/// A text of about so many characters, of the sorts that providers count differently.
fn text(dice: &mut fastrand::Rng, most: usize) -> String {
    let long = dice.usize(0..=most);
    let alphabet: &[&str] = match dice.u8(0..6) {
        0 => &["a", "B", " ", "7", "."],
        1 => &["维", "护", "通", "知", "，"],
        2 => &["😀", "👨‍👩‍👧", "🚀", "é"],
        3 => &["<", "&", ">", "\"", "'", "\\", "x"],
        4 => &["line\n", "\n\n", "- item\n", "# head\n", "**b** ", "`c` ", "> q\n"],
        _ => &["a", "好", "😀", "<b>", "&amp;", "\n", "{", "}", "\u{2028}", "_", "*", "["],
    };
    let mut made = String::new();
    for _ in 0..long {
        made.push_str(alphabet[dice.usize(0..alphabet.len())]);
    }
    made
}

fn message(dice: &mut fastrand::Rng) -> Message {
    let most = |dice: &mut fastrand::Rng, sizes: &[usize]| sizes[dice.usize(0..sizes.len())];
    let (title, body) = (most(dice, &[0, 8, 40, 300]), most(dice, &[1, 30, 400, 1_400, 2_200, 5_000]));
    let url = match dice.u8(0..4) {
        0 => "https://example.com/a?b=1&c=好".to_owned(),
        1 => format!("https://example.com/{}", "p".repeat(dice.usize(0..1_100))),
        _ => String::new(),
    };
    Message {
        title: text(dice, title).replace('\n', " "),
        summary: if dice.bool() { String::new() } else { text(dice, 120).replace('\n', " ") },
        url,
        format: Format::ALL[dice.usize(0..3)],
        body: text(dice, body),
        files: Vec::new(),
    }
}

/// What a channel of a kind needs to reach its sandbox server, and an address there.
fn account(kind: &dyn Kind, sandbox: &Sandbox) -> Option<(Account, &'static str)> {
    let id = kind.spec().id;
    let served = sandbox::Kind::ALL.into_iter().find(|served| served.id() == id)?;
    let base = ("base_url".to_owned(), format!("http://{}", sandbox.address(served)));
    let smtp = sandbox.smtp_addr();
    let of = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (settings, secrets, address) = match id {
        "wxpusher" => (vec![base], of(&[("app_token", "AT_corpus0123456789")]), "UID_corpus1"),
        "wxpusher-spt" => (vec![base], vec![], "SPT_corpus1"),
        "bark" => (vec![base], vec![], "corpuskey0000000000001"),
        "serverchan" => (vec![base], vec![], "SCT1Tcorpus1"),
        "email" => (
            of(&[
                ("host", &smtp.ip().to_string()),
                ("port", &smtp.port().to_string()),
                ("security", "none"),
                ("from", "News <news@example.com>"),
            ]),
            vec![],
            "corpus@example.com",
        ),
        "ntfy" => (vec![base], vec![], "ops_corpus1"),
        "gotify" => (vec![base], vec![], "Acorpus00000001"),
        "telegram" => (vec![base], of(&[("bot_token", "123456:corpus")]), "123456789"),
        "pushplus" => (vec![base], vec![], "0123456789abcdef0123456789abcdef"),
        "pushdeer" => (vec![base], vec![], "PDU1Tcorpus0000000001"),
        "pushover" => {
            let token = of(&[("app_token", "corpuscorpuscorpuscorpuscorpus")]);
            (vec![base], token, "ucorpuscorpuscorpuscorpuscorpu")
        }
        "dingtalk" => (vec![base], vec![], "corpus0123456789abcdef#SECabc"),
        "feishu" => (vec![base], vec![], "01234567-89ab-cdef-0123-456789abcdef#SECabc"),
        "wecom" => (vec![base], vec![], "01234567-89ab-cdef-0123-456789abcdef"),
        "slack" => (vec![base], vec![], "T00000000/B00000000/corpus"),
        "discord" => (vec![base], vec![], "123456789012345678/corpus"),
        "wechat" => {
            let mut settings = of(&[
                ("app_id", "wxcorpus"),
                ("template_id", "TPL_FREE"),
                ("fields", "title={{title}}; content={{body}}"),
            ]);
            settings.push(base);
            (settings, of(&[("app_secret", "corpussecret")]), "ocorpus0000000000000000000001")
        }
        "apns" => {
            let mut settings =
                of(&[("team_id", "DEF123GHIJ"), ("key_id", "ABC123DEFG"), ("bundle_id", "com.example.app")]);
            settings.push(base);
            (
                settings,
                vec![("key".to_owned(), p8())],
                "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
            )
        }
        "webhook" => (vec![("url".to_owned(), format!("{}/hook", base.1))], vec![], "anybody"),
        _ => return None,
    };
    let account = Account {
        id: ChannelId(1),
        name: id.to_owned(),
        kind: id.to_owned(),
        settings: settings.into_iter().collect(),
        secrets: secrets.into_iter().map(|(name, clear)| (name, Secret::new(clear))).collect(),
    };
    Some((account, address))
}

/// A signing key of its own for each run.
fn p8() -> String {
    let random = aws_lc_rs::rand::SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
    let text = STANDARD.encode(key.as_ref());
    format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n")
}

struct Way {
    kind: &'static dyn Kind,
    account: Account,
    address: &'static str,
    pass: Option<Secret>,
}

async fn carry(carrier: &Carrier, call: &Call) -> Answer {
    carrier.carry(call, Duration::from_secs(20), &|| Box::pin(std::future::ready(true))).await
}

impl Way {
    /// Sends it if no check fails; gives whether one did.
    async fn send(&self, carrier: &Carrier, message: &Message, n: usize) -> bool {
        let Ok(prepared) = Prepared::new(message) else { return false };
        let spec = self.kind.spec();
        let content = prepared.content(spec, |_| None::<&str>).expect("no variables");
        let found = check(self.kind, &self.account, &prepared, &content, Some(&[]), 1);
        if found.iter().any(|finding| finding.level == Level::Error) {
            return false;
        }
        let target = Target {
            to: To::Person(Secret::new(self.address)),
            name: "Ann".to_owned(),
            key: format!("{n:032}"),
            token: format!("{n:040}"),
            stamp: Millis(1_795_000_000_000),
            again: false,
            in_place_of: None,
        };
        let context = || format!("{}: {message:?}\n{found:?}", spec.id);
        let targets = [target];
        let call = self.kind.build(&self.account, &content, &targets);
        let call = call.unwrap_or_else(|error| panic!("{error}: {}", context()));
        let now = Millis(jiff::Timestamp::now().as_millisecond());
        let departure = Departure { now, pass: self.pass.as_ref() };
        let call = self.kind.depart(&self.account, call, &departure).expect("ready to leave");
        let reading = self.kind.read(&targets, &carry(carrier, &call).await);
        let outcome = match reading.outcomes {
            Outcomes::All(outcome) | Outcomes::Split(outcome) => outcome,
            Outcomes::Each(mut each) => each.remove(0),
        };
        assert_eq!(outcome.verdict, Verdict::Accepted, "{} {}: {}", outcome.code, outcome.text, context());
        true
    }
}

async fn ways(sandbox: &Sandbox, carrier: &Carrier) -> Vec<Way> {
    let mut ways = Vec::new();
    for kind in catalog::KINDS.iter().copied() {
        let Some((account, address)) = account(kind, sandbox) else { continue };
        let now = Millis(jiff::Timestamp::now().as_millisecond());
        let pass = match kind.passes() {
            None => None,
            Some(passes) => match passes.obtain(&account, now).expect("a pass") {
                Obtain::Made(pass) => Some(pass.value),
                Obtain::Ask(call) => {
                    let answer = carry(carrier, &call).await;
                    Some(passes.read_pass(&answer, now).expect("a pass").value)
                }
            },
        };
        ways.push(Way { kind, account, address, pass });
    }
    ways
}

#[test]
fn what_the_checks_pass_the_providers_take() {
    let threads = tokio::runtime::Runtime::new().expect("a runtime");
    threads.block_on(async {
        let sandbox = Sandbox::start(Options::default()).await.expect("servers");
        let carrier = Carrier::new(None).expect("wires");
        let ways = ways(&sandbox, &carrier).await;
        assert_eq!(ways.len(), catalog::KINDS.len(), "every kind has a server");
        let mut dice = fastrand::Rng::with_seed(SEED);
        let mut sent: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for n in 0..MESSAGES {
            let message = message(&mut dice);
            let went = futures_util::future::join_all(ways.iter().map(|way| way.send(&carrier, &message, n)));
            for (way, went) in ways.iter().zip(went.await) {
                let (passed, stopped) = sent.entry(way.kind.spec().id).or_default();
                *(if went { passed } else { stopped }) += 1;
            }
        }
        for (kind, (passed, _)) in &sent {
            assert!(*passed >= MESSAGES / 10, "{kind}: only {passed} of {MESSAGES} passed the checks");
        }
        println!("passed and sent, stopped by a check: {sent:?}");
    });
}

/// Keys of WeChat's templates, and what values of their type are made of here.
const TYPED: [(&str, &[&str]); 11] = [
    ("thing1", &["a", "好", "，", "7", "😀", " ", "一段长得放不下的文字"]),
    ("number1", &["1", "20", ".", "-", "3,000", "元"]),
    ("letter1", &["a", "Z", "7", "好"]),
    ("symbol1", &["*", "—", "！", "a", "😀"]),
    ("character_string1", &["A1", "-", "/", "—", "号", "😀", " "]),
    (
        "time1",
        &["15:01", "2019年10月1日 ", "25:99", "今天", "~", "2024-01-02T03:04:05Z", "9:5", "T", "-", "1"],
    ),
    ("date1", &["2019年10月1日", "2024-01-02", " 15:01", "3天后", "~", "明天", "2024/13/1", "/", "1"]),
    ("amount1", &["¥", "12", ".50", "元", "1,200", "-3", "万", "3"]),
    ("phone_number1", &["+86", "-", "10086", "ext", " ", "转"]),
    ("name1", &["张", "三", "Ann", " ", "·"]),
    ("phrase1", &["已", "发货", "3", "！", "😀"]),
];

#[test]
fn what_the_checks_of_wechats_values_pass_its_server_takes() {
    let threads = tokio::runtime::Runtime::new().expect("a runtime");
    threads.block_on(async {
        let template = |(key, _): &(&str, _)| (format!("TPL_{key}"), format!("{{{{{key}.DATA}}}}"));
        let templates: Vec<(String, String)> = TYPED.iter().map(template).collect();
        let options = Options::default().each(|script| script.templates.clone_from(&templates));
        let sandbox = Sandbox::start(options).await.expect("servers");
        let carrier = Carrier::new(None).expect("wires");
        let mut way = ways(&sandbox, &carrier).await.into_iter().find(|way| way.account.kind == "wechat");
        let way = way.as_mut().expect("a server");
        let mut dice = fastrand::Rng::with_seed(SEED);
        for (key, parts) in TYPED {
            way.account.settings.insert("template_id".into(), format!("TPL_{key}"));
            way.account.settings.insert("fields".into(), format!("{key}={{{{title}}}}"));
            let mut went = 0;
            for n in 0..100 {
                let value = (0..dice.usize(1..5)).map(|_| parts[dice.usize(0..parts.len())]).collect();
                let message = Message { title: value, body: "x".into(), ..Message::default() };
                went += usize::from(way.send(&carrier, &message, n).await);
            }
            assert!((5..100).contains(&went), "{key}: {went} of 100 passed the checks");
        }
    });
}

#[test]
fn a_corpus_has_what_is_empty_too_long_and_in_every_format() {
    let mut dice = fastrand::Rng::with_seed(SEED);
    let messages: Vec<Message> = (0..MESSAGES).map(|_| message(&mut dice)).collect();
    for format in Format::ALL {
        assert!(messages.iter().any(|message| message.format == format));
    }
    let bark = catalog::kind("bark").expect("a kind");
    let account = Account {
        id: ChannelId(1),
        name: "b".into(),
        kind: "bark".into(),
        settings: BTreeMap::new(),
        secrets: BTreeMap::new(),
    };
    let facts: Vec<Fact> = messages
        .iter()
        .filter_map(|message| Prepared::new(message).ok())
        .flat_map(|prepared| {
            let content = prepared.content(bark.spec(), |_| None::<&str>).expect("no variables");
            check(bark, &account, &prepared, &content, Some(&[]), 1)
        })
        .map(|finding| finding.what)
        .collect();
    assert!(facts.iter().any(|fact| matches!(fact, Fact::Over { .. })), "some are too long");
    assert!(facts.iter().any(|fact| matches!(fact, Fact::NoTitle | Fact::Empty)), "some lack something");
}

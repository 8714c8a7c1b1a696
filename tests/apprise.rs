//! URLs in the forms that Apprise documents: read, written back, and read again to the same.
//!
//! Each line of the fixture is a URL, the kind and the number of addresses that it is for, and what is written for
//! it. The written ones were given to Apprise itself, which took them all.

use pushdeck::channels::apprise::{AppriseError, Entry, read, write};

const URLS: &str = include_str!("fixtures/apprise/urls.tsv");

fn lines() -> impl Iterator<Item = (&'static str, &'static str, usize, Vec<&'static str>)> {
    URLS.lines().map(|line| {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().expect("four cells");
        let (url, kind, people) = (cell(), cell(), cell().parse().expect("a number"));
        (url, kind, people, cell().split(' ').collect())
    })
}

/// Without what has no place here.
fn kept(entry: Entry) -> Entry {
    Entry { left_out: Vec::new(), ..entry }
}

#[test]
fn documented_urls_are_read_and_written_back_to_the_same() {
    let mut kinds = std::collections::BTreeSet::new();
    let mut all = 0;
    for (url, kind, people, expected) in lines() {
        let entry = read(url).unwrap_or_else(|error| unreachable!("{url}: {error}"));
        assert_eq!((entry.kind.as_str(), entry.addresses.len()), (kind, people), "{url}");
        let entry = kept(entry);
        let written = write(&entry).unwrap_or_else(|error| unreachable!("{url}: {error}"));
        assert_eq!(written, expected, "{url}");
        let mut again: Option<Entry> = None;
        for url in written {
            let one = kept(read(&url).unwrap_or_else(|error| unreachable!("{url}: {error}")));
            match &mut again {
                Some(known) => {
                    assert!(known.is_same_account(&one), "{url}");
                    known.addresses.extend(one.addresses);
                }
                None => again = Some(one),
            }
        }
        assert_eq!(again, Some(entry), "{url}");
        kinds.insert(kind);
        all += 1;
    }
    assert!(all >= 30 && kinds.len() >= 16, "{all} of {kinds:?}");
}

#[test]
fn what_a_provider_hands_out_means_the_same_as_the_url_of_apprise() {
    for (own, theirs) in [
        (
            "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXr",
            "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXr",
        ),
        (
            "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U",
            "discord://4174216298/JHMHI8qBe7bk2ZwO5U",
        ),
        ("https://discordapp.com:443/api/webhooks/4174216298/JHMHI8qBe7", "discord://4174216298/JHMHI8qBe7"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/01234567-89ab", "feishu://01234567-89ab"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/01234567-89ab", "lark://01234567-89ab"),
        ("https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef", "dingtalk://0123456789abcdef"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=01234567-89ab", "wecombot://01234567-89ab"),
        ("https://www.pushplus.plus/send?token=0123456789abcdef", "pushplus://0123456789abcdef"),
        ("https://sctapi.ftqq.com/SCT123456Tabcdefghijk.send", "schan://SCT123456Tabcdefghijk"),
        ("https://api.day.app/yh9cZ4kXaaaaaaaaaaaaaa", "barks://api.day.app/yh9cZ4kXaaaaaaaaaaaaaa"),
        ("https://ntfy.sh/mytopic", "ntfys://ntfy.sh/mytopic"),
    ] {
        assert_eq!(read(own), read(theirs), "{own}");
        assert!(read(own).is_ok(), "{own}");
    }
}

#[test]
fn nothing_that_is_masked_shows_a_secret_or_can_be_read_again() {
    for (url, ..) in lines() {
        let entry = read(url).expect("it is sound");
        // Whom a webhook is for stands in no URL.
        if entry.secrets.is_empty() && entry.kind == "webhook" {
            continue;
        }
        let hidden = entry.clone().masked(true);
        for written in write(&hidden).unwrap_or_else(|error| unreachable!("{url}: {error}")) {
            for secret in entry.secrets.values().chain(&entry.addresses) {
                let shown = secret.expose();
                assert!(shown.len() < 8 || !written.contains(shown), "{url}: {written}");
            }
            assert_eq!(read(&written), Err(AppriseError::Masked), "{written}");
        }
    }
}

#[test]
fn a_topic_of_a_forum_is_the_channels_where_all_chats_have_the_same() {
    let one = read("tgram://123456789:abcdefg_hijklmnopqrstuvwxyz01234567/-100555:77").expect("sound");
    assert_eq!((one.addresses[0].expose(), &*one.settings["thread"]), ("-100555", "77"));
    let two =
        read("tgram://123456789:abcdefg_hijklmnopqrstuvwxyz01234567/-100555:77/@channel").expect("sound");
    assert_eq!((two.addresses[0].expose(), two.left_out), ("-100555", vec!["topic 77".to_owned()]));
    assert!(!two.settings.contains_key("thread"));
}

#[test]
fn a_header_of_a_webhook_is_masked_as_a_credential() {
    let entry = read("json://localhost/in?+X-Token=abcdef123456&+Accept=text%2Fplain").expect("sound");
    let written = write(&entry.masked(true)).expect("written").remove(0);
    assert_eq!(written, "json://localhost/in?+X-Token=****&+Accept=text%2Fplain");
    // However an operator parts them.
    let mut entry = read("json://localhost/in?+X-Token=abcdef123456").expect("sound");
    entry.settings.insert("headers".into(), "X-Token:abcdef123456;X-Key: s3cret-a\nX-More:s3cret-b;".into());
    let written = write(&entry.clone().masked(true)).expect("written").remove(0);
    assert_eq!(written, "json://localhost/in?+X-Token=****&+X-Key=****&+X-More=****");
    let clear = write(&entry).expect("written").remove(0);
    assert_eq!(clear, "json://localhost/in?+X-Token=abcdef123456&+X-Key=s3cret-a&+X-More=s3cret-b");
}

#[test]
fn what_cannot_be_read_is_refused_with_a_reason() {
    for (url, expected) in [
        ("just a text", "it is not a URL"),
        ("://x", "it is not a URL"),
        ("matrix://user:pass@host", "the scheme `matrix` is of no kind that is known here"),
        ("HTTPS://example.com/key", "the scheme `https` is of no kind that is known here"),
        ("https://hooks.slack.com/services/T/B", "the scheme `https` is of no kind that is known here"),
        ("https://oapi.dingtalk.com/robot/send?access_token=", "there is no token in it"),
        ("schan://", "there is no token in it"),
        ("pover://abbbbbbbbbbbb", "there is no user key in it"),
        ("tgram://abc/def", "there is no bot token in it"),
        ("discord://123", "there is no webhook token in it"),
        ("gotify://localhost", "there is no token in it"),
        ("mailto://mail.example.com", "there is no sender in it"),
        ("slack://xoxb-1-2-3/#ops", "only a webhook of three parts can be sent to, not a bot"),
        ("json://h/?method=GET", "a method other than POST and PUT"),
        ("wxpusher://AT_x@123/456/UID_a", "the app token stands in front of an @, where nothing is read"),
        ("tgram://****WXYZ/1", "a secret in it is masked"),
    ] {
        assert_eq!(read(url).map_err(|error| error.to_string()), Err(expected.to_owned()), "{url}");
    }
}

#[test]
fn what_has_no_place_here_is_named() {
    let left_out = |url: &str| read(url).expect("it is sound").left_out;
    assert_eq!(left_out("wxpusher://AT_x/UID_a/123?format=html&verify=yes"), ["topic 123"]);
    assert_eq!(left_out("slack://Bot@T/A/B/%23ops?template=x"), ["#ops", "Bot", "template"]);
    assert_eq!(left_out("barks://h/k?category=c&key=abc"), ["category", "key"]);
}

#[test]
fn a_webhook_of_ones_own_and_a_robot_that_signs_have_no_url() {
    let mut entry = read("json://localhost/in").expect("sound");
    entry.settings.insert("body".into(), "{}".into());
    assert!(matches!(write(&entry), Err(AppriseError::Unlike(_))));
    let mut entry = read("feishu://token").expect("sound");
    entry.addresses = vec!["token#secret".into()];
    assert!(matches!(write(&entry), Err(AppriseError::Unlike(_))));
    let entry = Entry { kind: "apns".into(), ..Entry::default() };
    assert_eq!(write(&entry), Err(AppriseError::Scheme("apns".into())));
}

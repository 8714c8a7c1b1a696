//! What the account's own server is told: receipts of template sends, and scans, signed as documented.
//!
//! In plain XML, or in secure mode when the script has an `EncodingAESKey`.

use std::sync::atomic::Ordering;

use aws_lc_rs::cipher::{AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::digest;
use aws_lc_rs::iv::FixedLength;
use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::super::acts::Does;
use super::super::fault::Fault;
use super::super::http::Callback;
use super::people::Scan;
use super::templates::Store;
use super::{Wechat, now};

/// The account's original id and its appid in secure mode.
const ACCOUNT: (&str, &str) = ("gh_sandbox", "wxsandbox");

impl Wechat {
    /// TEMPLATESENDJOBFINISH, or what subscribe notifications have in its place.
    pub(super) fn receipt(
        &self,
        openid: &str,
        message: i64,
        fault: Option<Fault>,
        store: Store,
    ) -> Option<Callback> {
        // `muted` is no word of the table: it is taken, and refused only here.
        let status = match fault {
            Some(Fault::NoDevice) => "failed: system failed",
            _ if self.script.fault_words && openid.to_ascii_lowercase().contains("muted") => {
                "failed:user block"
            }
            _ => "success",
        };
        let inner = match store {
            Store::Template => format!(
                "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>{message}</MsgID><Status><![CDATA[{status}]]></Status>"
            ),
            Store::Subscribe => format!(
                "<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><MsgID>{message}</MsgID>\
                 <ErrorCode>{}</ErrorCode><ErrorStatus><![CDATA[{status}]]></ErrorStatus></List>\
                 </SubscribeMsgSentEvent>",
                i32::from(status != "success")
            ),
        };
        self.event(openid, &inner)
    }

    /// Somebody scanned a code and follows now.
    pub(super) fn scanned(&self, scan: &Scan) -> Option<Callback> {
        let inner = format!(
            "<Event>subscribe</Event><EventKey><![CDATA[qrscene_{}]]></EventKey><Ticket><![CDATA[{}]]></Ticket>",
            // A marked section cannot hold its own end.
            scan.scene.replace("]]>", ""),
            scan.ticket
        );
        self.event(&scan.openid, &inner)
    }

    /// What the account's own server is told of an act, and what the act allows.
    pub(super) fn tell(&self, openid: &str, does: &Does) -> Option<Callback> {
        // A marked section cannot hold its own end.
        let marked = |text: &str| text.replace("]]>", "");
        let event = |name: &str, key: &str| {
            format!("<Event>{name}</Event><EventKey><![CDATA[{}]]></EventKey>", marked(key))
        };
        let told = match does {
            Does::Follow(scene) if scene.is_empty() => self.event(openid, &event("subscribe", "")),
            Does::Follow(scene) => self.event(openid, &event("subscribe", &format!("qrscene_{scene}"))),
            Does::Unfollow => self.event(openid, &event("unsubscribe", "")),
            Does::Scan(scene) => self.event(openid, &event("SCAN", scene)),
            Does::Tap(key) => self.event(openid, &event("CLICK", key)),
            Does::Other(name) => self.event(openid, &event(&marked(name), "")),
            Does::Write(text) => {
                let id = self.next.fetch_add(1, Ordering::Relaxed);
                let inner = format!("<Content><![CDATA[{}]]></Content><MsgId>{id}</MsgId>", marked(text));
                self.message(openid, "text", &inner)
            }
            Does::Pay(_) => None,
        };
        if told.is_some() {
            self.windows.acted(openid, does, now());
        }
        told
    }

    fn event(&self, openid: &str, inner: &str) -> Option<Callback> {
        self.message(openid, "event", inner)
    }

    fn message(&self, openid: &str, kind: &str, inner: &str) -> Option<Callback> {
        let receiver = self.told.receiver()?;
        let (timestamp, nonce) = (now().to_string(), fastrand::u32(100_000_000..).to_string());
        let plain = format!(
            "<xml><ToUserName><![CDATA[{}]]></ToUserName><FromUserName><![CDATA[{openid}]]></FromUserName>\
             <CreateTime>{timestamp}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{inner}</xml>",
            ACCOUNT.0
        );
        let signature = sign(&[&receiver.token, &timestamp, &nonce]);
        let mut url = url::Url::parse(&receiver.url).ok()?;
        url.query_pairs_mut()
            .append_pair("signature", &signature)
            .append_pair("timestamp", &timestamp)
            .append_pair("nonce", &nonce)
            .append_pair("openid", openid);
        let body = match &receiver.aes_key {
            None => plain,
            Some(key) => {
                let random: [u8; 16] = std::array::from_fn(|_| fastrand::alphanumeric() as u8);
                let sealed = seal(key, &random, &plain, ACCOUNT.1)?;
                let signature = sign(&[&receiver.token, &timestamp, &nonce, &sealed]);
                url.query_pairs_mut()
                    .append_pair("encrypt_type", "aes")
                    .append_pair("msg_signature", &signature);
                format!(
                    "<xml><ToUserName><![CDATA[{}]]></ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>",
                    ACCOUNT.0
                )
            }
        };
        Some(Callback { url: url.into(), content_type: "text/xml", body })
    }
}

/// SHA-1 in hex over the sorted parts.
fn sign(parts: &[&str]) -> String {
    let mut sorted = parts.to_vec();
    sorted.sort_unstable();
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, sorted.concat().as_bytes());
    hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// AES-256-CBC with the key's beginning as IV and padding to 32; `None` for a key that is none.
fn seal(key: &str, random: &[u8; 16], message: &str, appid: &str) -> Option<String> {
    // 43 characters leave two bits over, which need not be zero.
    let lenient = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let key = GeneralPurpose::new(&alphabet::STANDARD, lenient).decode(format!("{key}=")).ok()?;
    let iv: [u8; 16] = key.get(..16)?.try_into().ok()?;
    let mut text = random.to_vec();
    text.extend((message.len() as u32).to_be_bytes());
    text.extend(message.as_bytes());
    text.extend(appid.as_bytes());
    let pad = 32 - text.len() % 32;
    text.extend(std::iter::repeat_n(pad as u8, pad));
    let key = EncryptingKey::cbc(UnboundCipherKey::new(&AES_256, &key).ok()?).ok()?;
    key.less_safe_encrypt(&mut text, EncryptionContext::Iv128(FixedLength::from(iv))).ok()?;
    Some(STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_official_pages() {
        assert_eq!(sign(&["AAAAA", "1714036504", "1514711492"]), "f464b24fc39322e44b38aa78f5edd27bd1441696");
        assert_eq!(sign(&["AAAAA", "1714037059", "486452656"]), "899cf89e464efb63f54ddac96b0a0a235f53aa78");
    }

    #[test]
    fn secure_mode_seals_as_the_official_pages_do() {
        let key = "A".repeat(43);
        let appid = "wxba5fad812f8e6fb9";
        let message = r#"{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}"#;
        let sealed = seal(&key, b"a8eedb185eb2fecf", message, appid).expect("a key");
        assert_eq!(
            sealed,
            "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
        );
        assert_eq!(
            sign(&["AAAAA", "1714112445", "415670741", &sealed]),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
        );
        let reply = seal(&key, b"707722b803182950", r#"{"demo_resp":"good luck"}"#, appid).expect("a key");
        assert_eq!(
            reply,
            "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
        );
        assert_eq!(
            sign(&["AAAAA", "1713424427", "415670741", &reply]),
            "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"
        );
    }
}

//! Proof that a channel is set up rightly, without telling anybody anything: the token is had, and of template
//! messages the template is there and has the keys that are filled.

use serde_json::Value;

use super::{desk, falls_back, is_customer, template};
use crate::channels::call::Call;
use crate::channels::kind::BuildError;
use crate::channels::outcome::Outcome;
use crate::channels::reading::said;
use crate::domain::channel::Account;
use crate::domain::delivery::Class;

fn needs_template(account: &Account) -> bool {
    !is_customer(account) || falls_back(account)
}

/// The question.
pub(super) fn ask(account: &Account) -> Result<Call, BuildError> {
    if !needs_template(account) {
        // A mini program has this one, too.
        return desk::get(account, "/cgi-bin/getcallbackip");
    }
    if account.setting("template_id").is_none() {
        return Err(BuildError::MissingField("template_id"));
    }
    template::keys(account)?;
    desk::get(account, "/cgi-bin/template/get_all_private_template")
}

/// What the answer proves.
pub(super) fn judge(account: &Account, told: &Value) -> Outcome {
    if !needs_template(account) {
        return Outcome::accepted(None);
    }
    let id = account.setting("template_id").unwrap_or_default().trim();
    let templates = told["template_list"].as_array().map_or(&[][..], Vec::as_slice);
    let Some(template) = templates.iter().find(|one| one["template_id"] == id) else {
        // Subscribe notifications have templates of their own.
        let text = format!("none of the account's {} message templates has this id", templates.len());
        return Outcome::rejected(Class::Credential, "", text);
    };
    let places = places(template["content"].as_str().unwrap_or_default());
    let keys = template::keys(account).unwrap_or_default();
    let list = |keys: &[&str]| said(&keys.join(" "), &[]);
    let strange: Vec<&str> =
        keys.iter().map(String::as_str).filter(|key| !places.is_empty() && !places.contains(key)).collect();
    if !strange.is_empty() {
        let text = format!("the template has no {}; it has {}", list(&strange), list(&places));
        return Outcome::rejected(Class::Credential, "", text);
    }
    // First and last lines of old templates are not shown any more.
    let is_shown = |place: &&str| !matches!(*place, "first" | "remark");
    let is_filled = |place: &str| keys.iter().any(|key| key == place);
    let unfilled: Vec<&str> =
        places.iter().copied().filter(is_shown).filter(|place| !is_filled(place)).collect();
    if !unfilled.is_empty() {
        let text = format!("`fields` says nothing for {} of the template", list(&unfilled));
        return Outcome::rejected(Class::Credential, "", text);
    }
    Outcome::accepted(None)
}

/// The keys in a template's text: `{{thing1.DATA}}`.
fn places(content: &str) -> Vec<&str> {
    let inner = content.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let keys = inner.filter_map(|(inside, _)| inside.trim().strip_suffix(".DATA"));
    keys.map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channels::outcome::Verdict;

    fn verdict(fields: &str, told: &str) -> (Verdict, String) {
        let settings = [("template_id", "TPL"), ("fields", fields)];
        let account = Account {
            id: crate::domain::id::ChannelId(1),
            name: "oa".into(),
            kind: "wechat".into(),
            settings: settings.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            secrets: std::collections::BTreeMap::new(),
        };
        let outcome = judge(&account, &serde_json::from_str(told).expect("JSON"));
        (outcome.verdict, outcome.text)
    }

    #[test]
    fn the_template_has_to_be_there_with_the_keys_that_are_filled() {
        let told = r#"{"template_list":[{"template_id":"OTHER","content":""},
            {"template_id":"TPL","content":"{{first.DATA}}\n名称：{{thing1.DATA}}\n时间：{{ time2.DATA }}"}]}"#;
        assert_eq!(verdict("thing1=a; time2={{time}}", told), (Verdict::Accepted, String::new()));
        for (fields, told, why) in [
            ("thing1=a", r#"{"template_list":[]}"#, "none of the account's 0"),
            ("thing1=a", "{}", "none of the account's 0"),
            ("thing1=a; time2=b; thing9=c", told, "has no thing9; it has first thing1 time2"),
            ("thing1=a", told, "nothing for time2"),
        ] {
            let (verdict, text) = verdict(fields, told);
            assert!(verdict == Verdict::Rejected && text.contains(why), "{fields}: {text}");
        }
    }
}

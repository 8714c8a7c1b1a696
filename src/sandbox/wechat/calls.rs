//! Which calls there are, by which method, and those that send nothing.

use serde_json::{Map, Value, json};

use super::super::http::Request;
use super::{Checked, Wechat, refuse, templates, text};

/// `true` for a POST, `false` for a GET, `None` when there is no such path.
pub(super) fn posted(path: &str) -> Option<bool> {
    let gets = [
        "/cgi-bin/token",
        "/cgi-bin/user/get",
        "/cgi-bin/user/info",
        "/cgi-bin/template/get_all_private_template",
        "/wxaapi/newtmpl/gettemplate",
        "/cgi-bin/tags/get",
        "/cgi-bin/getcallbackip",
    ];
    let posts = [
        "/cgi-bin/stable_token",
        "/cgi-bin/message/template/send",
        "/cgi-bin/message/subscribe/bizsend",
        "/cgi-bin/message/custom/send",
        "/cgi-bin/user/info/batchget",
        "/cgi-bin/user/info/updateremark",
        "/cgi-bin/tags/create",
        "/cgi-bin/tags/update",
        "/cgi-bin/tags/delete",
        "/cgi-bin/tags/members/batchtagging",
        "/cgi-bin/tags/members/batchuntagging",
        "/cgi-bin/tags/getidlist",
        "/cgi-bin/user/tag/get",
        "/cgi-bin/tags/members/getblacklist",
        "/cgi-bin/tags/members/batchblacklist",
        "/cgi-bin/tags/members/batchunblacklist",
        "/cgi-bin/qrcode/create",
        "/cgi-bin/openapi/quota/get",
        "/cgi-bin/clear_quota",
    ];
    if posts.contains(&path) { Some(true) } else { gets.contains(&path).then_some(false) }
}

impl Wechat {
    /// A call that sends nothing.
    pub(super) fn call(&self, request: &Request, path: &str, body: &Map<String, Value>) -> Checked<Value> {
        let last = path.rsplit('/').next().unwrap_or_default();
        match path {
            "/cgi-bin/user/get" => {
                let query = request.query();
                let next = query.iter().find(|(name, _)| name == "next_openid");
                self.people.list(next.map(|(_, value)| value.as_str()))
            }
            "/cgi-bin/user/info" => self.people.info(&request.parameter("openid")),
            "/cgi-bin/user/info/batchget" => self.people.batch(body),
            "/cgi-bin/user/info/updateremark" => self.people.remark(body),
            "/cgi-bin/tags/get" => Ok(self.people.tags()),
            "/cgi-bin/tags/create" | "/cgi-bin/tags/update" | "/cgi-bin/tags/delete" => {
                self.people.change_tag(last, body)
            }
            "/cgi-bin/tags/members/batchtagging" => self.people.mark(body, true),
            "/cgi-bin/tags/members/batchuntagging" => self.people.mark(body, false),
            "/cgi-bin/tags/getidlist" => self.people.tags_of(body),
            "/cgi-bin/user/tag/get" => self.people.tagged(body),
            "/cgi-bin/tags/members/getblacklist" => self.people.blacklisted(),
            "/cgi-bin/tags/members/batchblacklist" => self.people.blacklist(body, true),
            "/cgi-bin/tags/members/batchunblacklist" => self.people.blacklist(body, false),
            "/cgi-bin/template/get_all_private_template" => Ok(templates::list(&self.script.templates)),
            "/wxaapi/newtmpl/gettemplate" => Ok(templates::subscriptions()),
            "/cgi-bin/getcallbackip" => Ok(json!({"ip_list": ["127.0.0.1"]})),
            "/cgi-bin/openapi/quota/get" if text(body, "cgi_path").starts_with('/') => Ok(json!({
                "errcode": 0, "errmsg": "ok",
                "quota": {"daily_limit": 100_000, "used": 0, "remain": 100_000}})),
            "/cgi-bin/clear_quota" if text(body, "appid").starts_with("wx") => {
                Ok(json!({"errcode": 0, "errmsg": "ok"}))
            }
            _ => refuse(40_035, "invalid parameter"),
        }
    }
}

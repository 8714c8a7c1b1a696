//! `pushdeck channel kinds`: what can be sent through, and what each kind wants to know; read from the catalogue.

use serde_json::{Value, json};

use super::channel::spec;
use super::context::Context;
use super::output::{Form, Page, Reply, Table};
use crate::channels::catalog::{self, KINDS};
use crate::channels::check::Measured;
use crate::channels::spec::{Field, Limit, Shape, Spec, Words};
use crate::facts;
use crate::look::format::number;
use crate::look::locale::Lang;
use crate::problem::Fault;

/// A longer default is not shown in the table.
const LONGEST_DEFAULT: usize = 32;

/// Any server that is not the provider's.
const OWN_SERVER: &str = "https://push.example";

/// Lists the kinds, or shows one of them.
pub fn run(ctx: &Context, wanted: Option<&str>) -> Result<Reply, Fault> {
    let Some(id) = wanted else { return Ok(list(ctx)) };
    let spec = spec(ctx, id)?;
    Ok(Reply::one(&data(spec), shown(ctx, spec)))
}

fn list(ctx: &Context) -> Reply {
    let h = &ctx.out.tables().head;
    let mut table = Table::new(&[&h.kind, &h.name, &h.address, &h.about]);
    for spec in KINDS.iter().map(|kind| kind.spec()) {
        table.row([spec.id, say(ctx, spec.label), say(ctx, spec.address.label), say(ctx, spec.about)]);
    }
    let page = Page { next: None, total: Some(KINDS.len() as i64), total_exact: true };
    let items: Vec<Value> = KINDS.iter().map(|kind| data(kind.spec())).collect();
    Reply::list(&items, page, table, ctx.out.form)
}

fn say(ctx: &Context, words: Words) -> &'static str {
    match (ctx.words.lang, ctx.out.form) {
        (Lang::Zh, Form::Text) => words.zh,
        _ => words.en,
    }
}

fn shown(ctx: &Context, spec: &Spec) -> String {
    let t = ctx.out.tables();
    let (l, h) = (&t.label, &t.head);
    let mut facts = Table::default();
    facts.pair(&l.kind, format!("{} {}", spec.id, say(ctx, spec.label)));
    facts.pair(&l.about, say(ctx, spec.about));
    let address = format!("{} {}", say(ctx, spec.address.label), spec.address.example);
    let secret = [("address", (&address).into()), ("secret", (&t.is_secret).into())];
    facts
        .pair(&l.address, if spec.address.secret { t.address_secret.fill(&secret) } else { address.clone() });
    facts.pair(&l.format, spec.formats.iter().map(|format| format.word()).collect::<Vec<_>>().join(" "));
    facts.pair(
        &l.limits,
        ctx.words.list(limits(spec).map(|(_, part, limit)| facts::limit(ctx.words, part, limit))),
    );
    facts.pair(&l.per_call, per_call(ctx, spec));
    let mut fields = Table::new(&[&h.field, &h.takes, &h.about]);
    for field in spec.all_fields() {
        fields.row([field.name, &takes(ctx, field), say(ctx, field.help)]);
    }
    let form = Form::Text;
    format!("{}\n{}\n{}\n", facts.print(form), fields.print(form), example(spec))
}

fn limits(spec: &Spec) -> impl Iterator<Item = (&'static str, Measured, Limit)> + use<> {
    let limits = spec.limits;
    let all = [
        ("title", Measured::Title, limits.title),
        ("summary", Measured::Summary, limits.summary),
        ("body", Measured::Body, limits.body),
        ("url", Measured::Url, limits.url),
        ("payload", Measured::Payload, limits.payload),
    ];
    all.into_iter().filter_map(|(name, part, limit)| Some((name, part, limit?)))
}

/// How many people a call may carry; where a server of one's own takes more, that too.
fn per_call(ctx: &Context, spec: &Spec) -> String {
    let with = |settings: &[(String, String)]| {
        catalog::kind(spec.id)
            .map_or(spec.people_per_call, |kind| kind.people_per_call(&settings.iter().cloned().collect()))
    };
    let (most, own) = (with(&[]), with(&[("base_url".to_owned(), OWN_SERVER.to_owned())]));
    if own == most {
        return number(most as i64);
    }
    ctx.out.tables().per_call_own.fill(&[("count", most.into()), ("own", own.into())])
}

/// What values a field takes, in short: its choices, its default, whether it is needed.
fn takes(ctx: &Context, field: &Field) -> String {
    let t = ctx.out.tables();
    let mut parts = Vec::new();
    if field.secret {
        parts.push(t.is_secret.clone());
    }
    if field.required {
        parts.push(t.is_needed.clone());
    }
    match field.shape {
        Shape::Choice(words) => parts.push(words.join("|")),
        Shape::Flag => parts.push("yes|no".to_owned()),
        Shape::Number(from, to) => parts.push(format!("{from}-{to}")),
        _ => {}
    }
    if let Some(default) = field.default {
        // A whole template would push the table apart.
        let shown = if default.chars().count() > LONGEST_DEFAULT { "…" } else { default };
        parts.push(format!("[{shown}]"));
    }
    parts.join(" ")
}

/// The line that makes such a channel, with what it cannot do without.
fn example(spec: &Spec) -> String {
    let start = format!("pushdeck channel add NAME --kind {}", spec.id);
    let needed = spec.fields.iter().filter(|field| field.required).map(|field| {
        if field.secret {
            format!("--secret-file {}=FILE", field.name)
        } else {
            format!("--set {}=VALUE", field.name)
        }
    });
    std::iter::once(start).chain(needed).collect::<Vec<_>>().join(" ")
}

fn data(spec: &Spec) -> Value {
    let fields: Vec<Value> = spec
        .all_fields()
        .map(|field| {
            let choices = match field.shape {
                Shape::Choice(words) => Some(words.to_vec()),
                Shape::Flag => Some(vec!["yes", "no"]),
                _ => None,
            };
            json!({
                "name": field.name, "label": field.label.en, "help": field.help.en, "secret": field.secret,
                "required": field.required, "default": field.default, "choices": choices,
            })
        })
        .collect();
    let limits: serde_json::Map<String, Value> = limits(spec)
        .map(|(name, _, limit)| (name.to_owned(), json!({ "max": limit.max, "unit": limit.unit.word() })))
        .collect();
    json!({
        "kind": spec.id,
        "label": spec.label.en,
        "about": spec.about.en,
        "address": { "label": spec.address.label.en, "secret": spec.address.secret, "example": spec.address.example },
        "formats": spec.formats,
        "limits": limits,
        "people_per_call": spec.people_per_call,
        "remotes_per_call": spec.remotes_per_call,
        "fields": fields,
    })
}

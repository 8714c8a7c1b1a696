//! The fields of a channel as they are typed: checked one by one, as a whole and by the kind, before anything is written.

use std::collections::BTreeMap;
use std::path::Path;

use super::context::Context;
use crate::channels::catalog;
use crate::channels::field::plain_http_allowed;
use crate::channels::kind::BuildError;
use crate::channels::spec::{Field, Shape, Spec};
use crate::domain::channel::Account;
use crate::domain::id::ChannelId;
use crate::domain::nearest::nearest;
use crate::domain::secret::Secret;
use crate::problem::{Exit, Fault, Problem, reason};
use crate::store::files;

/// A field of a kind by name, as a setting or as a credential.
pub fn field(ctx: &Context, spec: &Spec, name: &str) -> Result<&'static Field, Fault> {
    if let Some(field) = spec.field(name) {
        return Ok(field);
    }
    let e = &ctx.words.errors;
    let names: Vec<&str> = spec.all_fields().map(|field| field.name).collect();
    let hint = match nearest(name, names.iter().copied()) {
        Some(name) => e.did_you_mean.fill(&[("name", name.into())]),
        None => e.field_list.fill(&[("fields", (&names.join(", ")).into())]),
    };
    let summary = e.field_unknown.fill(&[("kind", spec.id.into()), ("field", name.into())]);
    Err(Problem::new("unknown_field", Exit::Usage, summary).hint(hint).into())
}

/// Settings as typed, each checked as the catalogue says.
pub fn settings(ctx: &Context, spec: &Spec, pairs: &[String]) -> Result<BTreeMap<String, String>, Fault> {
    let e = &ctx.words.errors;
    let mut settings = BTreeMap::new();
    for pair in pairs {
        let (name, value) = ctx.pair(pair)?;
        let field = field(ctx, spec, name)?;
        let named = [("field", name.into())];
        if field.secret {
            return Err(Problem::new("secret_on_command_line", Exit::Usage, e.field_is_secret.fill(&named))
                .hint(e.field_is_secret_hint.fill(&named))
                .into());
        }
        if let Err(error) = field.shape.check(value) {
            let why = reason::field(&error, ctx.words);
            let summary = e.field_wrong.fill(&[("field", name.into()), ("why", (&why).into())]);
            let mut problem = Problem::new("field", Exit::Usage, summary).detail("field", name);
            if value.is_empty() {
                problem = problem.hint(e.unset_hint.fill(&named));
            }
            return Err(problem.into());
        }
        if let ("ca_file", Err(error)) = (name, files::authorities(Path::new(value))) {
            let why = error.to_string();
            let why = ctx.words.own_text(&why).unwrap_or_else(|| reason::safe(&why));
            let summary = e.field_wrong.fill(&[("field", name.into()), ("why", (&why).into())]);
            return Err(Problem::new("field", Exit::Usage, summary).detail("field", name).into());
        }
        settings.insert(name.to_owned(), value.to_owned());
    }
    Ok(settings)
}

/// Credentials from files or standard input.
pub fn secrets(ctx: &mut Context, spec: &Spec, pairs: &[String]) -> Result<BTreeMap<String, Secret>, Fault> {
    let mut secrets = BTreeMap::new();
    for pair in pairs {
        let (name, place) = ctx.pair(pair)?;
        let field = field(ctx, spec, name)?;
        if !field.secret {
            let (e, named) = (&ctx.words.errors, [("field", name.into())]);
            return Err(Problem::new("field", Exit::Usage, e.field_not_secret.fill(&named))
                .hint(e.field_not_secret_hint.fill(&named))
                .into());
        }
        let (name, place) = (name.to_owned(), place.to_owned());
        let secret = ctx.read_secret(&place)?;
        let checked = matches!(field.shape, Shape::Pem | Shape::Form(_));
        if let Err(error) = field.shape.check(secret.expose())
            && checked
        {
            let (e, why) = (&ctx.words.errors, reason::field(&error, ctx.words));
            let summary = e.field_wrong.fill(&[("field", (&name).into()), ("why", (&why).into())]);
            return Err(Problem::new("field", Exit::Usage, summary).detail("field", name.as_str()).into());
        }
        secrets.insert(name, secret);
    }
    Ok(secrets)
}

/// What the channel as a whole must hold: every required field, and no plain http by accident.
pub fn check_whole(
    ctx: &Context,
    spec: &Spec,
    name: &str,
    settings: &BTreeMap<String, String>,
    has_secret: impl Fn(&str) -> bool,
) -> Result<(), Fault> {
    let e = &ctx.words.errors;
    let is_set = |field: &Field| {
        if field.secret { has_secret(field.name) } else { settings.contains_key(field.name) }
    };
    let missing: Vec<&Field> = spec.all_fields().filter(|field| field.required && !is_set(field)).collect();
    if let Some(first) = missing.first() {
        let names: Vec<&str> = missing.iter().map(|field| field.name).collect();
        let summary =
            e.fields_missing.fill(&[("kind", spec.id.into()), ("fields", (&ctx.words.list(&names)).into())]);
        let mut problem = Problem::new("field_missing", Exit::Usage, summary).detail("fields", names);
        problem = problem.hint(if first.secret {
            e.secret_hint.fill(&[("field", first.name.into())])
        } else {
            format!("--set {}=…", first.name)
        });
        return Err(problem.into());
    }
    let account = Account {
        id: ChannelId(0),
        name: name.to_owned(),
        kind: spec.id.to_owned(),
        settings: settings.clone(),
        secrets: BTreeMap::new(),
    };
    let urls = spec.all_fields().filter(|field| may_be_plain_http(field));
    for url in urls.filter_map(|field| settings.get(field.name)) {
        // What a template begins with is known with the person alone.
        let is_known = url.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"));
        if is_known && !plain_http_allowed(&account, url) {
            return Err(Problem::new("plain_http", Exit::Usage, &e.plain_http)
                .hint(&e.plain_http_hint)
                .into());
        }
    }
    Ok(())
}

/// Whether a field says where a call goes: an address, or the template of one.
const fn may_be_plain_http(field: &Field) -> bool {
    matches!(field.shape, Shape::Url | Shape::UrlTemplate)
}

/// Whether the kind can work with all of that together.
pub fn check_account(ctx: &Context, account: &Account, whole: bool) -> Result<(), Fault> {
    let Some(Err(error)) = catalog::kind(&account.kind).map(|kind| kind.check_account(account)) else {
        return Ok(());
    };
    let (field, why) = match &error {
        BuildError::MissingField(_) if !whole => return Ok(()),
        BuildError::MissingField(field) => {
            let named = [("kind", account.kind.as_str().into()), ("fields", (*field).into())];
            let summary = ctx.words.errors.fields_missing.fill(&named);
            return Err(Problem::new("field_missing", Exit::Usage, summary)
                .detail("fields", vec![*field])
                .into());
        }
        BuildError::BadField { field, why } => (*field, why.clone()),
        // About a message, and there is none.
        BuildError::BadAddress(_) | BuildError::BadContent(_) => return Ok(()),
    };
    let why = ctx.words.own_text(&why).unwrap_or_else(|| reason::safe(&why));
    let summary = ctx.words.errors.field_wrong.fill(&[("field", field.into()), ("why", (&why).into())]);
    Err(Problem::new("field", Exit::Usage, summary).detail("field", field).into())
}

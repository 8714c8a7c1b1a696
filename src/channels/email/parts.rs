//! Pictures and files that the HTML of a message carries in itself, taken out of it as parts of the mail.
//!
//! Readers of mail do not show `data:` addresses. A picture `<img src="data:image/png;base64,…">` becomes a part
//! that the HTML points to (`cid:`), and a link `<a download="plan.pdf" href="data:application/pdf;base64,…">` a file
//! beside the text. A picture that names a file of the message (`<img src="cid:logo.png">`) becomes a part as well; the
//! other files stand beside the text. What cannot be read stays as it was written.

use std::ops::Range;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::channels::cid;
use crate::domain::file::{Enclosure, file_name, in_lines};

/// The most parts of a mail; their size is bounded by that of a body.
const MOST: usize = 50;

/// What was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A picture, shown where the HTML names it.
    Picture {
        /// By what the HTML names it.
        id: String,
        /// Its media type.
        media: String,
        /// It, as base64 in lines.
        base64: Arc<[u8]>,
    },
    /// A file beside the text.
    File {
        /// What it is saved as.
        name: String,
        /// Its media type.
        media: String,
        /// It, as base64 in lines.
        base64: Arc<[u8]>,
    },
}

/// The HTML without them, and the parts, those of the message's files included; `stem` makes their ids this
/// delivery's own.
pub(super) fn split(html: &str, stem: &str, files: &[Enclosure]) -> (String, Vec<Part>) {
    let (mut out, mut parts, mut from) = (String::new(), Vec::new(), 0);
    let names =
        |scheme: &[u8]| html.as_bytes().windows(scheme.len()).any(|found| found.eq_ignore_ascii_case(scheme));
    if !names(b"data:") && !names(b"cid:") {
        return (html.to_owned(), beside(files, &[]));
    }
    let mut shown = Vec::new();
    for tag in tags(html) {
        if parts.len() >= MOST {
            break;
        }
        let value = |name: &str| tag.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let place = match tag.name.to_ascii_lowercase().as_str() {
            "img" => value("src"),
            "a" => value("href"),
            _ => None,
        };
        let Some((_, place)) = place else { continue };
        let is_picture = tag.name.eq_ignore_ascii_case("img");
        let named_at = if is_picture { named(&html[place.clone()], files) } else { None };
        let held = named_at.and_then(|at| files.get(at));
        let held = held.map(|file| (file.media_type.clone(), Arc::clone(&file.base64)));
        let Some((media, base64)) = held.or_else(|| data(&html[place.clone()])) else { continue };
        let instead = if is_picture {
            if !cid::PICTURES.contains(&media.as_str()) {
                continue;
            }
            shown.extend(named_at);
            let known = parts.iter().find_map(|part| match part {
                Part::Picture { id, media: m, base64: b } if (m, b) == (&media, &base64) => Some(id.clone()),
                _ => None,
            });
            let id = known.unwrap_or_else(|| {
                let id = format!("p{}.{stem}", parts.len() + 1);
                parts.push(Part::Picture { id: id.clone(), media, base64 });
                id
            });
            format!("cid:{id}")
        } else {
            let Some((_, name)) = value("download") else { continue };
            parts.push(Part::File { name: file_name(&html[name.clone()], parts.len() + 1), media, base64 });
            // A link to the top of the mail: the file itself stands beside it.
            "#".to_owned()
        };
        out.push_str(&html[from..place.start]);
        out.push_str(&instead);
        from = place.end;
    }
    out.push_str(&html[from..]);
    parts.extend(beside(files, &shown));
    (out, parts)
}

/// The files that the HTML does not show.
pub(super) fn beside(files: &[Enclosure], shown: &[usize]) -> Vec<Part> {
    let others = files.iter().enumerate().filter(|(at, _)| !shown.contains(at));
    others
        .map(|(_, file)| Part::File {
            name: file.name.clone(),
            media: file.media_type.clone(),
            base64: Arc::clone(&file.base64),
        })
        .collect()
}

/// Which file of the message `cid:logo.png` is.
fn named(url: &str, files: &[Enclosure]) -> Option<usize> {
    let name = cid::name(url)?;
    files.iter().position(|file| file.name.eq_ignore_ascii_case(&name))
}

/// `data:image/png;base64,…` as its type and what it holds.
fn data(url: &str) -> Option<(String, Arc<[u8]>)> {
    let url = url.trim();
    let rest = url.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).map(|_| &url[5..])?;
    let (head, encoded) = rest.split_once(',')?;
    let media = head.strip_suffix(";base64")?.split(';').next()?.trim().to_ascii_lowercase();
    let (kind, sort) = media.split_once('/')?;
    let is_token = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    if !is_token(kind) || !is_token(sort) {
        return None;
    }
    let encoded: String = encoded.split_whitespace().collect();
    let bytes = STANDARD.decode(encoded).ok().filter(|bytes| !bytes.is_empty())?;
    Some((media, in_lines(&STANDARD.encode(bytes)).into()))
}

struct Tag<'a> {
    name: &'a str,
    /// Names, and where the values stand, without their quotes.
    attributes: Vec<(&'a str, Range<usize>)>,
}

/// The opening tags, outside comments.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let (bytes, mut tags, mut at) = (html.as_bytes(), Vec::new(), 0);
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        bytes[from.min(bytes.len())..].iter().position(|b| stop(*b)).map_or(bytes.len(), |found| from + found)
    };
    while let Some(open) = html[at..].find('<').map(|found| at + found) {
        if html[open..].starts_with("<!--") {
            at = html[open..].find("-->").map_or(html.len(), |end| open + end + 3);
            continue;
        }
        if !bytes.get(open + 1).is_some_and(u8::is_ascii_alphabetic) {
            at = open + 1;
            continue;
        }
        let ends = |b: u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
        let name_end = until(open + 1, &ends);
        let mut tag = Tag { name: &html[open + 1..name_end], attributes: Vec::new() };
        at = name_end;
        while at < bytes.len() && bytes[at] != b'>' {
            if ends(bytes[at]) {
                at += 1;
                continue;
            }
            let attribute_end = until(at + 1, &|b| ends(b) || b == b'=');
            let attribute = &html[at..attribute_end];
            at = until(attribute_end, &|b| !b.is_ascii_whitespace());
            if bytes.get(at) != Some(&b'=') {
                continue;
            }
            let value = until(at + 1, &|b| !b.is_ascii_whitespace());
            let quote = bytes.get(value).copied().filter(|b| matches!(b, b'"' | b'\''));
            let (from, to, next) = if let Some(quote) = quote {
                let close = until(value + 1, &|b| b == quote);
                (value + 1, close, close + 1)
            } else {
                let end = until(value, &|b| b.is_ascii_whitespace() || b == b'>');
                (value, end, end)
            };
            tag.attributes.push((attribute, from.min(to)..to));
            at = next;
        }
        tags.push(tag);
        at = at.min(html.len());
    }
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_files_leave_the_html_and_everything_else_stays() {
        let html = "<!-- <img src=\"data:image/png;base64,AAAA\"> --><p>a</p>\
            <IMG alt='x>y' SRC='data:image/png;base64,iVBO Rw0K'><img src=data:image/png;base64,iVBORw0K>\
            <a class=b download=\"../../计划 1.pdf\" href=\"data:application/pdf;base64,JVBERi0=\">the plan</a>\
            <img src=\"data:image/svg+xml;base64,AAAA\"><img src=\"data:image/png,AAAA\">\
            <img src=\"data:image/png;base64,!!!\"><a href=\"data:text/plain;base64,AAAA\">x</a><img src=\"data:";
        let (out, parts) = split(html, "d1@example.com", &[]);
        let picture = Part::Picture {
            id: "p1.d1@example.com".into(),
            media: "image/png".into(),
            base64: b"iVBORw0K"[..].into(),
        };
        let file = Part::File {
            name: "计划 1.pdf".into(),
            media: "application/pdf".into(),
            base64: b"JVBERi0="[..].into(),
        };
        assert_eq!(parts, [picture, file], "the same picture once");
        let expected = html
            .replace("data:image/png;base64,iVBO Rw0K", "cid:p1.d1@example.com")
            .replace("data:image/png;base64,iVBORw0K", "cid:p1.d1@example.com")
            .replace("data:application/pdf;base64,JVBERi0=", "#");
        assert_eq!(out, expected);
    }

    #[test]
    fn files_of_the_message_are_shown_where_the_html_names_them_and_stand_beside_it_else() {
        let file = |name: &str, media_type: &str| Enclosure {
            name: name.into(),
            media_type: media_type.into(),
            base64: name.as_bytes().into(),
        };
        let files = [
            file("our logo&.png", "image/png"),
            file("计划.pdf", "application/pdf"),
            file("x.svg", "image/svg+xml"),
        ];
        let html = "<img src=\"cid:Our%20logo&amp;.png\"><img src='CID:our logo&amp;.png'><img src=\"cid:x.svg\">\
            <img src=\"cid:nobody\"><a href=\"cid:计划.pdf\">plan</a>";
        let (out, parts) = split(html, "d1@e.x", &files);
        let picture = Part::Picture {
            id: "p1.d1@e.x".into(),
            media: "image/png".into(),
            base64: b"our logo&.png"[..].into(),
        };
        let beside = beside(&files, &[0]);
        assert_eq!(parts, [vec![picture], beside].concat());
        let expected = html
            .replace("cid:Our%20logo&amp;.png", "cid:p1.d1@e.x")
            .replace("CID:our logo&amp;.png", "cid:p1.d1@e.x");
        assert_eq!(out, expected);
        assert_eq!(split("<p>a</p>", "d1@e.x", &files).1.len(), 3);
        let capitals = split("<IMG SRC=CID:our%20logo&amp;.PNG>", "d1@e.x", &files);
        assert_eq!(capitals, split("<IMG SRC=cid:our%20logo&amp;.PNG>", "d1@e.x", &files));
        assert!(matches!(capitals.1[0], Part::Picture { .. }));
    }

    #[test]
    fn a_hostile_type_is_no_header() {
        assert_eq!(data("data:image/png\r\nX: y;base64,AAAA"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_html_at_all_makes_it_panic(html in "(<a|<img| src=| href=|data:image/png;base64,|AAAA|[<>\"'=/ !好-]){0,24}data:") {
            let (out, parts) = split(&html, "k@e.x", &[]);
            proptest::prop_assert!(!parts.is_empty() || out == html);
        }
    }
}

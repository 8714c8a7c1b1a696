//! Pictures that a text shows out of the files of its message: `<img src="cid:logo.png">`.

use crate::domain::file::FileRef;

/// Pictures that every reader of mail shows.
pub const PICTURES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The file that `cid:logo.png` names.
pub fn name(url: &str) -> Option<String> {
    let url = url.trim();
    let name = url.get(..4).filter(|scheme| scheme.eq_ignore_ascii_case("cid:")).map(|_| &url[4..])?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8().ok()?;
    Some(name.replace("&amp;", "&"))
}

/// The files that HTML names as pictures and that are none of the message's, or no picture that is shown.
pub fn without_picture(html: &str, files: &[FileRef]) -> Vec<String> {
    let shown = |name: &str| {
        let is_it = |file: &&FileRef| file.name.eq_ignore_ascii_case(name);
        files.iter().find(is_it).is_some_and(|file| PICTURES.contains(&file.media_type.as_str()))
    };
    let mut absent: Vec<String> = named(html).into_iter().filter(|name| !shown(name)).collect();
    absent.sort_unstable();
    absent.dedup();
    absent
}

/// Every name after `src="cid:`, as far as its quotes or, without them, a blank.
fn named(html: &str) -> Vec<String> {
    let lower = html.to_ascii_lowercase();
    let found = lower.match_indices("cid:").filter_map(|(at, _)| {
        let before = html[..at].trim_end_matches(char::is_whitespace);
        let quote = before.chars().next_back()?;
        let until = match quote {
            '"' | '\'' => html[at..].find(quote),
            '=' => html[at..].find(|c: char| c.is_whitespace() || c == '>'),
            _ => return None,
        };
        let attribute = before.trim_end_matches(['"', '\'']).trim_end().strip_suffix('=')?.trim_end();
        if !attribute.to_ascii_lowercase().ends_with("src") {
            return None;
        }
        name(&html[at..at + until?])
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_that_do_not_go_with_it_are_named() {
        let files = ["logo one.png", "x.svg"].map(|name| FileRef::at(name.as_ref(), 1, String::new()));
        let html = "<p>cid:text</p><img src=\"cid:Logo%20one.png\"><IMG SRC = 'CID:gone.png'><img src=cid:x.svg>\
            <a href=\"cid:other\">x</a><img src=\"cid:gone.png";
        assert_eq!(without_picture(html, &files), ["gone.png", "x.svg"]);
        assert_eq!(without_picture("<p>no picture</p>", &files), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn no_html_makes_it_panic(html in "(<img src=|cid:|CiD:|[\"'>= ]|好|%e5|%|a){0,24}") {
            without_picture(&html, &[]);
        }
    }
}

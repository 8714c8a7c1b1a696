//! How texts are compared when a person searches: case, width and accents do not count.
//!
//! What is indexed and what is looked for go through the same `fold`, so an index can never disagree
//! with a comparison. Han, Kana and Hangul stay as they are.

/// Base letters of U+00C0 to U+017F, one each; `·` keeps the character.
const LATIN: &str = "aaaaaa·ceeeeiiii·nooooo·ouuuuy··aaaaaa·ceeeeiiii·nooooo·ouuuuy·y\
aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii··jjkk·llllllllllnnnnnn···oooooo··rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzz·";

/// The form in which texts are compared.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for sign in text.chars() {
        if sign.is_ascii() {
            folded.push(sign.to_ascii_lowercase());
            continue;
        }
        match sign {
            // Accents that stand on their own.
            '\u{300}'..='\u{36f}' => {}
            // Full-width ASCII, as Chinese input methods write it, and its white space.
            '\u{ff01}'..='\u{ff5e}' => {
                let narrow = char::from_u32(u32::from(sign) - 0xfee0).unwrap_or(sign);
                folded.push(narrow.to_ascii_lowercase());
            }
            '\u{3000}' => folded.push(' '),
            '\u{c0}'..='\u{17f}' => {
                let base = LATIN.chars().nth(u32::from(sign) as usize - 0xc0).filter(|base| *base != '·');
                match base {
                    Some(base) => folded.push(base),
                    None => folded.extend(sign.to_lowercase()),
                }
            }
            _ => folded.extend(sign.to_lowercase()),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_width_and_accents_do_not_count() {
        for (text, folded) in [
            ("Alice", "alice"),
            ("ＡＢＣ１２３", "abc123"),
            ("José Ñandú", "jose nandu"),
            ("Škoda Łódź Øre", "skoda lodz ore"),
            ("ÀÿŸ ŽĀ", "ayy za"),
            ("e\u{301}", "e"),
            ("王小明 さくら 김철수 👩‍👩‍👧", "王小明 さくら 김철수 👩‍👩‍👧"),
        ] {
            assert_eq!(fold(text), folded);
        }
        assert_eq!(LATIN.chars().count(), 0x180 - 0xc0);
    }
}

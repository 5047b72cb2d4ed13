//! Words as they are compared: Korean and English, however they are spaced, inflected or half-typed.
//!
//! Hangul is compared by the *keys* that are struck for it (두벌식): 이어폰 is ㅇㅣㅇㅓㅍㅗㄴ. A mistyped syllable is then one
//! key away from the right one, as a mistyped letter is in English, and a word that is being typed is a prefix of itself
//! all the time: 각 on its way to 가구 is ㄱㅏㄱ, wherever its last consonant will end up.

use std::collections::BTreeSet;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;

/// Words of a name that are joined with their neighbours; a longer name is still found by its single words.
const JOINED: usize = 12;
/// Neighbours that are written as one word: 무선 노이즈 캔슬링 as 무선노이즈캔슬링.
const JOINED_AT_MOST: usize = 3;
/// A particle is taken off only where a word is left that means something.
const STEM_SYLLABLES: usize = 2;

const FIRST_SYLLABLE: u32 = 0xAC00;
const LAST_SYLLABLE: u32 = 0xD7A3;
const VOWELS: u32 = 21;
/// Final consonants, and none.
const FINALS: u32 = 28;

/// In the order of Unicode; what takes two keys is written with two.
const INITIAL_KEYS: [&str; 19] =
    ["ㄱ", "ㄲ", "ㄴ", "ㄷ", "ㄸ", "ㄹ", "ㅁ", "ㅂ", "ㅃ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅉ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ"];
const VOWEL_KEYS: [&str; 21] = [
    "ㅏ", "ㅐ", "ㅑ", "ㅒ", "ㅓ", "ㅔ", "ㅕ", "ㅖ", "ㅗ", "ㅗㅏ", "ㅗㅐ", "ㅗㅣ", "ㅛ", "ㅜ", "ㅜㅓ", "ㅜㅔ", "ㅜㅣ",
    "ㅠ", "ㅡ", "ㅡㅣ", "ㅣ",
];
const FINAL_KEYS: [&str; 28] = [
    "", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ", "ㄹㅌ", "ㄹㅍ", "ㄹㅎ",
    "ㅁ", "ㅂ", "ㅂㅅ", "ㅅ", "ㅆ", "ㅇ", "ㅈ", "ㅊ", "ㅋ", "ㅌ", "ㅍ", "ㅎ",
];

/// Longest first, so that 에서는 goes as a whole.
const PARTICLES: [&str; 40] = [
    "에서는",
    "에서도",
    "에게서",
    "으로는",
    "으로도",
    "이라는",
    "까지",
    "부터",
    "에서",
    "에게",
    "에는",
    "에도",
    "한테",
    "으로",
    "이나",
    "이랑",
    "하고",
    "처럼",
    "보다",
    "마다",
    "밖에",
    "조차",
    "로는",
    "로도",
    "을",
    "를",
    "이",
    "가",
    "은",
    "는",
    "의",
    "에",
    "로",
    "와",
    "과",
    "도",
    "만",
    "나",
    "랑",
    "용",
];

/// The words of a text, in lower case and composed. Hangul beside letters or digits is a word of its own: 27인치 is 27
/// and 인치.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for character in text.nfkc().flat_map(char::to_lowercase) {
        let is_border = !character.is_alphanumeric() && !is_hangul(character);
        if is_border || word.chars().next_back().is_some_and(|last| is_hangul(last) != is_hangul(character)) {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if !is_border {
            word.push(character);
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// The words of a name, also joined with their neighbours, so that it does not matter where somebody puts a space.
pub fn forms(words: &[String]) -> BTreeSet<String> {
    let mut forms: BTreeSet<String> = words.iter().cloned().collect();
    for many in 2..=JOINED_AT_MOST {
        forms.extend(words[..words.len().min(JOINED)].windows(many).map(|neighbours| neighbours.concat()));
    }
    forms
}

/// The keys that are struck for a word.
pub fn keys(word: &str) -> String {
    let mut keys = String::with_capacity(word.len() * 2);
    for character in word.chars() {
        match jamo(character) {
            Some(parts) => parts.iter().for_each(|part| keys.push_str(part)),
            None => keys.push(character),
        }
    }
    keys
}

/// The initial consonants of a word in Hangul, by which people search when they are in a hurry: ㄱㄹㅅ for 갤럭시.
pub fn initials(word: &str) -> Option<String> {
    let initial = |character: char| {
        let place = (character as u32).checked_sub(FIRST_SYLLABLE)? / (VOWELS * FINALS);
        INITIAL_KEYS.get(place as usize).copied()
    };
    word.chars().map(initial).collect()
}

/// A word without its particle (이어폰을: 이어폰) or its ending (headphones: headphon), if it has one.
pub fn stem(word: &str) -> Option<String> {
    if word.chars().all(|character| character.is_ascii_alphabetic()) {
        let stem = Stemmer::new(Algorithm::English).stem(word);
        return (stem != word).then(|| stem.into_owned());
    }
    let ending = PARTICLES.into_iter().find(|particle| {
        word.strip_suffix(particle).is_some_and(|stem| is_in_hangul(stem) && stem.chars().count() >= STEM_SYLLABLES)
    })?;
    word.strip_suffix(ending).map(str::to_owned)
}

pub fn is_in_hangul(word: &str) -> bool {
    word.chars().all(is_syllable)
}

/// Every two neighbouring syllables.
pub fn pairs(word: &str) -> impl Iterator<Item = String> {
    word.chars().zip(word.chars().skip(1)).map(|(one, other)| String::from_iter([one, other]))
}

/// A word without its first syllables, as long as two are left: 이어폰 of 무선이어폰.
pub fn tails(word: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    let last = starts.len().saturating_sub(STEM_SYLLABLES - 1);
    starts.into_iter().take(last).map(|at| &word[at..])
}

fn is_syllable(character: char) -> bool {
    (FIRST_SYLLABLE..=LAST_SYLLABLE).contains(&(character as u32))
}

fn is_hangul(character: char) -> bool {
    is_syllable(character) || matches!(character, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}')
}

/// The keys of a syllable, or of a consonant or vowel that stands alone, which NFKC made a conjoining one.
fn jamo(character: char) -> Option<[&'static str; 3]> {
    let code = character as u32;
    let key = |keys: &[&'static str], place: u32| keys.get(place as usize).copied();
    if is_syllable(character) {
        let place = code - FIRST_SYLLABLE;
        let initial = key(&INITIAL_KEYS, place / (VOWELS * FINALS))?;
        return Some([initial, key(&VOWEL_KEYS, place / FINALS % VOWELS)?, key(&FINAL_KEYS, place % FINALS)?]);
    }
    let alone = match code {
        0x1100..=0x1112 => key(&INITIAL_KEYS, code - 0x1100),
        0x1161..=0x1175 => key(&VOWEL_KEYS, code - 0x1161),
        0x11A8..=0x11C2 => key(&FINAL_KEYS, code - 0x11A7),
        _ => None,
    };
    alone.map(|key| [key, "", ""])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_at_anything_else_and_where_hangul_meets_letters_or_digits() {
        assert_eq!(words("27인치 4K 모니터, USB-C!"), ["27", "인치", "4k", "모니터", "usb", "c"]);
        assert_eq!(words("ＬＥＤ\u{00a0}스탠드"), ["led", "스탠드"]);
        assert_eq!(words(" -- "), Vec::<String>::new());
    }

    #[test]
    fn decomposed_hangul_is_the_same_word() {
        let decomposed: String = "이어폰".nfd().collect();
        assert_ne!(decomposed, "이어폰");
        assert_eq!(words(&decomposed), ["이어폰"]);
    }

    #[test]
    fn a_name_is_known_by_its_words_and_by_neighbours_written_as_one() {
        let forms = forms(&words("무선 이어폰 USB-C"));
        for form in ["무선", "이어폰", "무선이어폰", "usbc", "이어폰usb", "무선이어폰usb"] {
            assert!(forms.contains(form), "{form}: {forms:?}");
        }
    }

    #[test]
    fn keys_are_those_of_a_korean_keyboard() {
        assert_eq!(keys("이어폰"), "ㅇㅣㅇㅓㅍㅗㄴ");
        assert_eq!(keys("값과"), "ㄱㅏㅂㅅㄱㅗㅏ");
        assert_eq!(keys("keyboard"), "keyboard");
    }

    #[test]
    fn a_word_is_a_prefix_of_itself_at_every_moment_of_being_typed() {
        let halves =
            [("ㄱ", "가구"), ("각", "가구"), ("고", "과자"), ("갤러", "갤럭시"), ("갤럭ㅅ", "갤럭시"), ("업", "없다")];
        for (typed, word) in halves {
            let typed = keys(&words(typed).concat());
            assert!(keys(word).starts_with(&typed), "{typed} {word}");
        }
    }

    #[test]
    fn initials_are_those_of_hangul_only() {
        assert_eq!(initials("갤럭시").as_deref(), Some("ㄱㄹㅅ"));
        assert_eq!(initials("usb"), None);
        assert_eq!(initials("갤럭시s"), None);
    }

    #[test]
    fn particles_and_endings_come_off_where_a_word_is_left() {
        for (word, left) in [
            ("이어폰을", Some("이어폰")),
            ("지하철에서도", Some("지하철")),
            ("집에서", None),
            ("오이", None),
            ("headphones", Some("headphon")),
            ("running", Some("run")),
            ("4k", None),
        ] {
            assert_eq!(stem(word).as_deref(), left, "{word}");
        }
    }

    #[test]
    fn pairs_overlap_and_tails_have_two_syllables_at_least() {
        assert_eq!(pairs("이어폰").collect::<Vec<_>>(), ["이어", "어폰"]);
        assert_eq!(tails("이어폰").collect::<Vec<_>>(), ["이어폰", "어폰"]);
        assert_eq!((pairs("폰").count(), tails("폰").count(), tails("").count()), (0, 0, 0));
    }
}

"""Why a document or a record was left out: one closed list for ledger, rejects, README and every refiner."""

from enum import Enum


class Reason(str, Enum):
    """The value is the name in ``_manifest.json`` and in the rejects; ``meaning`` is what a user reads."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> "Reason":
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning = meaning
        return member

    UNREADABLE = "unreadable", "could not be read: damaged file, invalid UTF-8, not an object, no text"
    NAMESPACE = "namespace", "a wiki page that is no article (talk, template, user, file ...)"
    REDIRECT = "redirect", "a wiki page that only points to another page"
    TOO_SHORT = "too_short", "fewer characters than --min_chars after cleaning"
    LOW_KOREAN = "low_korean", "a smaller share of Hangul syllables than --min_korean_ratio after cleaning"
    ADULT = "adult", "pornographic or soliciting content (--adult_filter)"
    BENCHMARK = "benchmark", "holds a question of a benchmark or a copy of one (--guard)"
    QUALITY = "quality", "a measure of the text is beyond the cutoff of --drop_below or --drop_above"
    DUPLICATE = "duplicate", "the same text as a document that comes earlier (--dedupe)"
    NEAR_DUPLICATE = "near_duplicate", "nearly the same text as a document that is kept (--dedupe near)"
    INCOMPLETE = "incomplete", "a question without a text, or without one of its five options"
    BAD_ANSWER = "bad_answer", "a question whose answer is none of 1 to 5 or A to E"
    SAME_OPTIONS = "same_options", "a question with two equal options: no answer would be the one"
    LEAK = "leak", "a question for training that a test split has as well (--drop_leaks)"
    NO_KOREAN = "no_korean", "a dictionary entry whose term holds no Korean"
    NO_ENGLISH = "no_english", "a dictionary entry without an English reading that is surely one"
    MERGED = "merged", "a reading of a term that another entry stands for; what differs is among the conflicts"
    PAIR_LENGTH = "pair_length", "a sentence pair with a side shorter than --min_chars or longer than --max_chars"
    DEBRIS = "debris", "a sentence pair with markup or wrongly decoded text left in it"
    UNTRANSLATED = "untranslated", "a sentence pair whose sides are equal, or one of which holds the other as a whole"
    NOT_KOREAN = "not_korean", "a sentence pair whose Korean side has too few Hangul among its letters"
    NOT_ENGLISH = "not_english", "a sentence pair whose English side has too few Latin letters among its letters"
    LENGTH_RATIO = "length_ratio", "a sentence pair one side of which is far longer than the other"
    NUMBERS = "numbers", "a sentence pair one side of which states a number that the other does not (3 mg, 3 g)"
    REPEATED_KOREAN = "repeated_korean", "one more English sentence for the same Korean one than --max_per_korean"


BY_NAME: dict[str, Reason] = {reason.value: reason for reason in Reason}

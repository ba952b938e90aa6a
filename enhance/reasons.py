"""Why an answer of the model was not believed: one closed list for the rejects, the tables, the report and README."""

from enum import Enum
from typing import TypeVar

_Member = TypeVar("_Member", bound="_Told")


class _Told(str, Enum):
    """The value is the name in files; ``meaning`` and ``korean`` are what a reader sees."""

    meaning: str
    korean: str

    def __new__(cls: type[_Member], name: str, meaning: str, korean: str) -> _Member:
        member = str.__new__(cls, name)
        member._value_ = name
        member.meaning, member.korean = meaning, korean
        return member


class Reason(_Told):
    """Why an answer is rejected; the value is the name in the rejects."""

    EMPTY = "empty", "nothing was written", "내용 없음"
    TOO_LONG = "too_long", "the prompt and its answer do not fit in the model's context", "문맥 길이 초과"
    OOM = "oom", "not even alone did the prompt fit in memory", "메모리 부족"
    UNFINISHED = "unfinished", "cut off, or ends in the middle of a sentence", "끝맺지 못함"
    LENGTH = "length", "shorter or longer than an answer can be", "길이 부적절"
    LOW_KOREAN = "low_korean", "too small a share of its letters is Hangul", "한글 비율 부족"
    FOREIGN_SCRIPT = "foreign_script", "drifts into Chinese, Japanese or another script, or into English", "외국어 혼입"
    REPETITION = "repetition", "says the same again and again", "반복"
    LEAK = "leak", "speaks of the answer it was given, of its prompt or of itself", "정답·지시문 노출"
    NO_ANSWER = "no_answer", "does not say which option is right", "정답 진술 없음"
    WRONG_ANSWER = "wrong_answer", "says that another option is right", "다른 보기를 정답으로 진술"
    SEVERAL_ANSWERS = "several_answers", "says that more than one option is right", "정답을 여럿 진술"
    DENIES_ANSWER = "denies_answer", "says that the right option is not right", "정답을 오답으로 진술"
    OTHER_NUMBER = (
        "other_number",
        "a dose or a number of the question stands in it with another value",
        "용량·수치 불일치",
    )
    NO_TERM = "no_term", "does not name the term that it explains", "표제어 없음"
    DOSE = "dose", "names a dose, which no dictionary entry supports", "근거 없는 용량"
    MISLEADS = "misleads", "the model answers right alone, and wrong with it (--verify)", "오답으로 유도"
    BENCHMARK = "benchmark", "holds a question of a benchmark, or a copy of one (--guard)", "벤치마크 문항 포함"
    TEST_SPLIT = "test_split", "a test split has the question too: nothing is generated for it", "시험 분할과 중복"


BY_NAME: dict[str, Reason] = {reason.value: reason for reason in Reason}


class Tier(_Told):
    """How far an answer is to be trusted, the most trusted first."""

    VERIFIED = "verified", "the model comes to the right answer alone, and with it as well", "검증됨"
    SUPPORTED = "supported", "the model comes to the right answer with it, and not alone", "뒷받침됨"
    RULE_ONLY = (
        "rule_only",
        "the rules find no fault; model checks were not asked for, or did not confirm it",
        "규칙만 통과",
    )
    REJECTED = "rejected", "no attempt was believed", "기각됨"

"""How Korean speaks of the options of a question: the patterns that :mod:`enhance.answers` reads a text with."""

import regex

CIRCLED = "①②③④⑤"

# Words before a letter or a number that make it part of a name, and words after a number that make it a count.
_NAMED = (
    r"(?:비타민|간염|바이러스|인플루엔자|등급|단계|그룹|클래스|혈액형|글로불린|단백질?|복합체|구역|유형|분류|Child-Pugh|"
    r"(?i:class|type|grade|group|stage|hepatitis|vitamin|influenza|factor|level|protein|Ig|Rh))"
)
_COUNTED = (
    r"(?:째|씩|이상|이하|미만|초과|정도|투여|복용|측정|주사|반복|시행|접종|염색체|요추|경추|흉추|천추|뇌신경|신경|늑골|갈비|"
    r"척추|유전자|발가락|손가락|중족골|중수골|임신|출산|유산|분만|방문|내원|수술)"
)
_OFTEN = r"(?:하루|매일|매주|매달|일주일|한 ?달|[일주달년월]|각각|총|약|적어도|최소|최대|두세|제)(?:에|간)?"
JOSA = (
    r"(?:이다|입니다|이며|이고|이므로|이라|이었|였|임|으로|로|은|는|이(?![상하내후전])|가(?!지)|을|를|와|과|의|번|다\b)"
)
_UNITS = r"(?:%|[a-zA-Zμµ㎎㎍㎖℃°]|단위|회|일|주|개월|년|시간|분|초|명|가지|배|도|정|알|세|살)"

MARKS = {
    "circled": rf"(?P<circled>[{CIRCLED}])",
    "numbered": rf"(?<!{_OFTEN}\s*)(?<![\d.,])(?P<numbered>[1-5])\s*번(?!\s*{_COUNTED})",
    "letter": rf"(?<!{_NAMED}[-\s]*)(?<![\p{{L}}\p{{N}}/_.-])(?P<letter>[A-E])"
    r"(?![\p{Latin}\p{N}/_+°-]|\s?[형군급형]|\.?\s?coli)",
    "digit": rf"(?<![\p{{L}}\d.,/~–-])(?P<digit>[1-5])(?![\d/~–-]|[.,]\d|\s*{_UNITS})(?=[)\].,\s'\"*]|{JOSA}|$)",
    "small": r"(?<![\p{L}\p{N}/_.-])(?P<small>[a-e])(?![\p{Latin}\p{N}/_+°-])",
}
STRONG = ("circled", "numbered", "letter")

FILLER = regex.compile(
    r"(?:[\s'\"“”‘’(\[「『【<:=→]|선택지|보기|옵션|항목|바로|역시|당연히|최종적으로|"
    r"다음과 같(?:다|습니다)\.?|번호|번은)*"
)
BETWEEN = regex.compile(
    r"[^\S\n]*[)\]】」』'\"”’]*[^\S\n]*(?:[.:·,/]|-|번|와|과|및|또는|이나|나|혹은|그리고|하고|or|and|&)*"
    r"[^\S\n]*(?:번|선택지|보기)?[^\S\n]*[(\[「『'\"“‘]*[^\S\n]*"
)
BRACKETS = regex.compile(r"\([^()\n]{0,40}\)|\[[^\[\]\n]{0,40}\]")
SENTENCE_END = regex.compile(r"[.!?](?=\s|$)|\n")
COPULA = regex.compile(
    r"[)\]】」』'\"”’]*(?:번)?\s?(?:이다|입니다|이며|이고|이므로|이라|임\b|가 된다|이 된다|다\b|예요|이에요|[.\n]|$)"
)
INSTEAD = regex.compile(r"[)\]】」』'\"”’]*(?:번)?\s*(?:은|는|이|가)?\s*(?:아니라|아니고|아닌|아니며,?)\s*")
ANOTHER_WORD = regex.compile(r"[^\S\n]+(?=[가-힣])(?!(?:입니다|이다|번|선택지|보기|또는|혹은|및|그리고|를|을|가|이)\b)")

_NOUN = (
    r"(?:정답 ?(?:및|과) ?(?:해설|풀이)|정답(?![률자지표])|해답|답안|최종 ?답변"
    r"|(?<![가-힣])답(?=\s*(?:은|는|이|:|을|으로|\s|$)|입니다))"
)
CUE = regex.compile(
    rf"(?P<first>{_NOUN}(?:\s*(?:은|는)(?![가-힣])|\s*[\])}}】>]?\s*[:=→]|[\])}}】>]"
    rf"|이(?=\s)(?!\s*(?:아니|아닌|되|된|될|있|없|무엇))|\s+(?=[A-E{CIRCLED}1-5(\[])))"
    r"|(?P<english>(?i:\banswer)(?:\s+is|\s*[:=]))"
    rf"|(?P<after>{_NOUN})"
    r"|(?P<wrong>오답|틀린 답)"
)
CONCLUSION = regex.compile(
    r"(?:^|(?<=[.!?\n]\s*))(?:\p{L}+[은는]\s)?(?:따라서|그러므로|결론적으로|종합하면|이상을 종합하면|결국|그래서)"
    r"[,\s](?P<rest>[^.!?\n]+(?:[.](?!\s|$)[^.!?\n]*)*)"
)
BEST = r"(?:가장|제일|우선|먼저)\s*[가-힣]+(?:\s[가-힣]+){0,4}(?:은|는)\s"
FITTEST = regex.compile(
    r"(?:가장|제일) (?:적절|옳|알맞|적합|타당|올바)[가-힣]+(?:\s[가-힣]+){0,2}(?:은|는)\s(?=[A-E①-⑤(]|[1-5]번)"
)
BEST_AFTER = regex.compile(
    r"[)\]】」』'\"”’]*(?:번)?\s?(?:이|가|을|를)\s*(?:가장|제일)?\s*"
    r"(?:적절|적합|알맞|타당|옳|올바르|합당|맞다|맞는|맞습|가능성이 (?:가장 )?높|의심|선택|고르|고른|골라)"
)
NEGATED = regex.compile(
    r"아니|아닌|아님|않|없|어렵|안 |못|착각|오해|혼동|잘못|쉽|피해|제외|생각할 수|"
    r"금기|무엇|고르는|고르려|찾으|찾기|찾아|것 같지만|것 같으나|처럼 보"
)
ASKS_WRONG = regex.compile(r"않은|않는|아닌|아니|틀린|잘못|거리가 먼|금기|없는|제외")
CLAUSE_END = regex.compile(r"이며|이고|이므로|이다|입니다|,")
OPENS_CONCLUSION = regex.compile(r"(?:따라서|그러므로|결론적으로|종합하면|이상을 종합하면|결국|그래서|즉)[,\s]")
UNFIT = regex.compile(
    r"[)\]】」』'\"”’]*(?:번)?(?:은|는|이|가)\s(?:틀렸다|틀린|틀리다|옳지 않|적절하지 않|맞지 않|부적절|잘못된)"
    r"(?!.{0,12}(?:면|없|아니))"
)
CANNOT = regex.compile(r"[)\]】」』'\"”’]*(?:번)?\s?(?:이|가)?\s?(?:일|될) 수(?:는|가)? 없")
SUBJECT = regex.compile(r"(?P<subject>[^,.\n]{2,40}?)(?:이|가|을|를)\s*(?:가장|제일|정답|답)")
EXCEPT = regex.compile(r"제외|나머지|말고|외에|이외|보다|달리|다른")

"""Questions of our own, answers to them that must be kept, and answers with one seeded fault each.

The facts are ordinary textbook ones and only serve to look like an exam; nobody is to be treated by them.
"""

from beam_pipelines.records import LETTERS, Question
from enhance.reasons import Reason


def _question(question: str, options: str, answer: str) -> Question:
    return Question.parse(
        {"question": question, **dict(zip(LETTERS, options.split("|"), strict=True)), "answer": answer}
    )


QUESTIONS = {
    "shock": _question(
        "벌에 쏘인 45세 남자가 20분 전부터 숨이 차다며 응급실에 왔다. 혈압 80/50 mmHg, 맥박 128회/분, 체온 36.8℃이고 "
        "온몸에 "
        "두드러기가 있다. 가장 먼저 투여할 약물은?",
        "에피네프린 0.3 mg 근육주사|에피네프린 3 mg 정맥주사|덱사메타손 5 mg 정맥주사|클로르페니라민 4 mg 정맥주사|"
        "살부타몰 2.5 mg 흡입",
        "A",
    ),
    "anaemia": _question(
        "32세 여자가 3개월 전부터 쉽게 지친다며 왔다. 월경량이 많다고 한다. 혈색소 7.2 g/dL, 평균적혈구용적 68 fL, "
        "혈소판 "
        "420,000/mm³, 페리틴 5 ng/mL이다. 진단은?",
        "재생불량빈혈|거대적혈모구빈혈|철결핍빈혈|용혈빈혈|만성질환빈혈",
        "C",
    ),
    "potassium": _question(
        "만성 콩팥병이 있는 70세 여자가 전신 위약으로 왔다. 칼륨 7.1 mEq/L, 나트륨 136 mEq/L, 크레아티닌 4.8 "
        "mg/dL이고 심전도에서 "
        "T파가 뾰족하다. 가장 먼저 할 처치는?",
        "포도당과 인슐린 투여|칼슘 글루콘산 정맥주사|혈액투석|푸로세미드 정맥주사|칼륨 결합 수지 투여",
        "B",
    ),
    "scurvy": _question(
        "채소와 과일을 거의 먹지 않는 58세 남자가 잇몸 출혈과 모낭 주위 출혈로 왔다. 부족한 영양소는?",
        "비타민 A|비타민 B12|비타민 K|비타민 C|비타민 D",
        "D",
    ),
    "hepatitis": _question(
        "혈액으로 전파되는 일이 드물고 오염된 음식으로 옮는 간염으로, 만성으로 진행하지 않는 것은?",
        "A형 간염|B형 간염|C형 간염|D형 간염|자가면역 간염",
        "A",
    ),
    "wrong-one": _question(
        "제2형 당뇨병 환자의 생활 관리로 옳지 않은 것은?",
        "규칙적인 유산소 운동|체중 감량|금연|공복 상태에서 고강도 운동|식이섬유 섭취",
        "D",
    ),
    "statements": _question(
        "열성 경련에 관한 설명으로 옳은 것을 모두 고른 것은?\n① 생후 6개월에서 5세 사이에 흔하다.\n② 대부분 "
        "뇌전증으로 진행한다.\n"
        "③ 단순형은 15분을 넘지 않는다.",
        "①|②|①, ②|①, ③|②, ③",
        "D",
    ),
    "nerve": _question(
        "얼굴 한쪽의 감각이 떨어지고 씹는 힘이 약해진 62세 여자에게서 손상이 의심되는 것은?",
        "제3뇌신경|5번 뇌신경|7번 뇌신경|9번 뇌신경|12번 뇌신경",
        "B",
    ),
    "pregnancy": _question(
        "임신 32주인 29세 임신부가 두통으로 왔다. 혈압 168/112 mmHg, 단백뇨 3+이다. 경련을 막기 위해 투여할 약은?",
        "라베탈롤|황산마그네슘|니페디핀|옥시토신|메틸도파",
        "B",
    ),
}

_SHOCK = (
    "벌에 쏘인 뒤 두드러기와 호흡곤란이 생겼고 혈압 80/50 mmHg, 맥박 128회/분으로 쇼크 상태이므로 아나필락시스에 "
    "해당한다. "
    "이때는 기도 부종과 혈관 확장을 함께 되돌리는 약을 지체 없이 근육으로 투여해야 한다. "
)
_SHOCK_2 = (
    "곤충에 쏘인 직후 피부와 호흡기, 순환기 증상이 함께 나타난 것은 아나필락시스의 전형적인 모습이다. 항히스타민제와 "
    "스테로이드는 "
    "효과가 늦어 보조 치료일 뿐이고, 살부타몰은 기관지 수축만 풀어 준다. "
)
_ANAEMIA = (
    "월경량이 많은 32세 여자에서 혈색소가 7.2 g/dL로 낮고 평균적혈구용적이 68 fL로 작아 소구성 빈혈이다. "
    "페리틴 5 ng/mL는 저장철이 고갈되었음을 뜻한다. "
)
_ANAEMIA_2 = (
    "성인 여성에서 혈색소가 12 g/dL 미만이면 빈혈로 본다. 이 환자는 적혈구가 작고 페리틴이 매우 낮으며 혈소판이 "
    "420,000/mm³로 "
    "반응성으로 늘어 있다. 만성질환빈혈이라면 페리틴이 정상이거나 높아야 한다. "
)
_POTASSIUM = (
    "칼륨이 7.1 mEq/L로 높고 심전도에서 뾰족한 T파가 보이므로 치명적인 부정맥의 위험이 있다. 칼륨을 낮추는 치료보다 "
    "먼저 "
    "심근 세포막을 안정시켜야 하며, 그 효과는 수 분 안에 나타난다. "
)
_POTASSIUM_2 = (
    "고칼륨혈증 치료는 심장 보호, 세포 안으로의 이동, 몸 밖으로의 배출 순서로 한다. 정상 칼륨은 3.5~5.0 mEq/L이며 이 "
    "환자는 "
    "이미 심전도 변화가 있다. 인슐린과 투석은 그다음 단계이다. "
)
_SCURVY = (
    "잇몸 출혈과 모낭 주위 출혈은 콜라겐 합성에 필요한 영양소가 모자랄 때 생기는 괴혈병의 특징이다. 채소와 과일을 "
    "먹지 않는 "
    "식습관도 이를 뒷받침한다. 비타민 K 결핍에서도 출혈이 생기지만 모낭 주위 출혈은 드물다. "
)
_HEPATITIS = (
    "분변과 입을 거쳐 전파되고 급성으로만 앓고 지나가는 바이러스 간염을 묻는 문제이다. B형 간염과 C형 간염은 "
    "혈액으로 전파되어 "
    "만성으로 진행할 수 있고, D형 간염은 B형 간염이 있을 때만 생긴다. "
)
_WRONG = (
    "당뇨병 환자에게 규칙적인 유산소 운동과 체중 감량, 금연, 식이섬유 섭취는 모두 권장된다. 그러나 공복 상태에서 "
    "강한 운동을 하면 "
    "저혈당이 올 수 있어 피해야 한다. "
)
_STATEMENTS = (
    "열성 경련은 어린 나이에 흔하고 단순형은 짧게 끝나며 대부분 후유증 없이 좋아진다. 뇌전증으로 진행하는 경우는 "
    "소수이므로 "
    "두 번째 설명은 틀렸고, 첫 번째와 세 번째 설명이 맞다. "
)
_NERVE = (
    "얼굴의 감각과 씹는 근육의 운동을 함께 맡는 신경은 삼차신경이다. 7번 뇌신경은 얼굴 표정 근육을 움직이고 9번 "
    "뇌신경은 인두의 "
    "감각을 맡으므로 이 환자의 증상과 맞지 않는다. "
)
_PREGNANCY = (
    "임신 32주에 혈압이 168/112 mmHg이고 단백뇨가 있으므로 중증 전자간증이다. 라베탈롤과 니페디핀은 혈압을 낮추지만 "
    "경련을 "
    "막지는 못한다. 하루 3번 혈압을 재며 경과를 본다. "
)

GOOD: list[tuple[str, str]] = [
    ("shock", _SHOCK + "\n정답: A"),
    ("shock", _SHOCK + "따라서 정답은 A이다."),
    ("shock", _SHOCK + "그러므로 A가 정답입니다."),
    ("shock", _SHOCK + "정답은 ①번이다."),
    ("shock", _SHOCK + "정답은 1번, 에피네프린 0.3 mg 근육주사이다."),
    ("shock", _SHOCK_2 + "에피네프린 0.3 mg 근육주사가 우선이다.\n\n**정답: A. 에피네프린 0.3 mg 근육주사**"),
    ("shock", _SHOCK_2 + "따라서 가장 먼저 투여할 약물은 에피네프린 0.3 mg 근육주사이다."),
    ("shock", _SHOCK_2 + "에피네프린 3 mg 정맥주사는 용량이 지나치게 많아 위험하므로 오답이다. 답은 A이다."),
    ("shock", _SHOCK_2 + "B는 정답이 아니다. 용량과 경로가 모두 잘못되었기 때문이다. 정답: (A)"),
    ("shock", _SHOCK_2 + "소아는 체중 1 kg당 0.01 mg을 투여하며 성인의 최대 용량은 0.5 mg이다. 정답은 A입니다."),
    ("shock", "정답은 A이다. " + _SHOCK + "근육주사가 피하주사보다 흡수가 빠르고 안전하다."),
    ("shock", _SHOCK + "필요하면 5분에서 15분 간격으로 다시 투여할 수 있다. 최종 정답: ①"),
    ("shock", _SHOCK + "이러한 이유로 정답은 아나필락시스의 1차 치료제인 A입니다."),
    ("shock", _SHOCK + "정답은 A이며, B는 용량이 지나치다."),
    ("shock", _SHOCK + "B를 정답으로 착각하기 쉽다. 정답은 A이다."),
    ("shock", _SHOCK + "B가 정답일 것 같지만 정답은 A이다."),
    ("shock", _SHOCK + "정답은 \\boxed{A}이다."),
    ("shock", _SHOCK + "정답은 다음과 같습니다.\nA. 에피네프린 0.3 mg 근육주사"),
    ("shock", _SHOCK + "맥박은 분당 128회로 빠르다. [정답] A"),
    ("shock", _SHOCK + "혈압은 정상인 120/80 mmHg보다 훨씬 낮다. 최종 답변: A"),
    ("shock", _SHOCK + "에피네프린은 1:1000 희석액을 쓴다. 정답 및 해설: A"),
    (
        "shock",
        _SHOCK + "B) 과량이다.\nC) 효과가 늦다.\n따라서 정답은 A) 에피네프린 0.3 mg 근육주사이다.",
    ),
    ("shock", _SHOCK + "[오답 해설] B: 과량이다. C: 효과가 늦다.\n정답: A"),
    ("shock", _SHOCK + "### 정답\nA. 에피네프린 0.3 mg 근육주사"),
    ("shock", _SHOCK + "B는 적절하지 않다. 수축기 혈압이 90 mmHg 미만이면 쇼크로 본다. 정답: A"),
    ("anaemia", _ANAEMIA + "치료 후 혈색소가 12 g/dL로 오르면 반응한 것이다. 정답: C"),
    ("anaemia", _ANAEMIA + "철결핍빈혈(iron deficiency anemia)이 정답이다."),
    ("anaemia", _ANAEMIA + "따라서 만성질환빈혈이 아닌 철결핍빈혈이 정답이다."),
    ("anaemia", _ANAEMIA + "\n정답: C"),
    ("anaemia", _ANAEMIA + "따라서 정답은 C. 철결핍빈혈이다."),
    ("anaemia", _ANAEMIA + "정답은 철결핍빈혈이다."),
    ("anaemia", _ANAEMIA + "그러므로 ③이 정답이다."),
    ("anaemia", _ANAEMIA + "답: 3"),
    ("anaemia", _ANAEMIA_2 + "정답은 3번입니다."),
    ("anaemia", _ANAEMIA_2 + "따라서 철결핍빈혈이 가장 적절하다. 정답: C"),
    ("anaemia", _ANAEMIA_2 + "E는 오답이고 C가 정답이다."),
    ("anaemia", _ANAEMIA_2 + "정답은 E가 아니라 C이다."),
    ("anaemia", _ANAEMIA_2 + "C를 제외한 나머지는 오답이다. 정답: C"),
    ("anaemia", _ANAEMIA_2 + "철분제를 투여하면 2주 뒤 혈색소가 1~2 g/dL 오른다. 따라서 답은 ③ 철결핍빈혈이다."),
    ("anaemia", _ANAEMIA + "Hb가 7.2로 낮지만 활력징후가 안정적이면 수혈보다 철분 보충이 우선이다. 정답은 (C)이다."),
    ("anaemia", _ANAEMIA + "허혈(虛血)과 빈혈(貧血)은 다른 말이다. 정답: C"),
    ("potassium", _POTASSIUM + "정답: B"),
    ("potassium", _POTASSIUM + "그러므로 칼슘 글루콘산 정맥주사가 정답이다."),
    ("potassium", _POTASSIUM + "따라서 정답은 ②번 칼슘 글루콘산 정맥주사입니다."),
    ("potassium", _POTASSIUM + "A와 C는 그다음에 할 처치이므로 오답이다. 따라서 B가 정답이다."),
    ("potassium", _POTASSIUM_2 + "정답은 '칼슘 글루콘산 정맥주사'이다."),
    ("potassium", _POTASSIUM_2 + "혈액투석을 먼저 고르기 쉽지만 준비에 시간이 걸린다. 정답은 B이다."),
    ("potassium", _POTASSIUM_2 + "결론적으로 B를 선택한다. 정답은 2번이다."),
    (
        "potassium",
        _POTASSIUM_2
        + "K가 6.5 mEq/L 이상이면 응급으로 다룬다. 크레아티닌 4.8 mg/dL는 콩팥 기능이 떨어졌음을 보여 준다. 정답: B.",
    ),
    ("potassium", _POTASSIUM + "칼륨을 5.0 mEq/L 아래로 낮추는 것을 목표로 한다.\n답은 B"),
    ("scurvy", _SCURVY + "정답: D"),
    ("scurvy", _SCURVY + "따라서 정답은 비타민 C이다."),
    ("scurvy", _SCURVY + "정답은 D. 비타민 C이다."),
    ("scurvy", _SCURVY + "정답은 D(비타민 C)이다."),
    ("scurvy", _SCURVY + "따라서 부족한 영양소는 비타민 C이다. 정답은 ④이다."),
    ("scurvy", _SCURVY + "비타민 A가 모자라면 야맹증이, 비타민 D가 모자라면 골연화증이 생긴다. 4번이 정답이다."),
    ("hepatitis", _HEPATITIS + "정답: A"),
    ("hepatitis", _HEPATITIS + "정답은 A형 간염이다."),
    ("hepatitis", _HEPATITIS + "따라서 A형 간염이 정답이다."),
    ("hepatitis", _HEPATITIS + "정답은 A. A형 간염입니다."),
    ("hepatitis", _HEPATITIS + "A형 간염은 예방 접종으로 막을 수 있다. 정답은 ①이다."),
    ("wrong-one", _WRONG + "따라서 옳지 않은 것은 D이다. 정답: D"),
    ("wrong-one", _WRONG + "정답은 공복 상태에서 고강도 운동이다."),
    ("wrong-one", _WRONG + "A, B, C, E는 옳은 설명이다. 정답은 D이다."),
    ("wrong-one", _WRONG + "따라서 금연이 중요하고, 공복 상태에서 고강도 운동은 적절하지 않다. ④가 정답이다."),
    ("wrong-one", _WRONG + "D가 틀린 설명이므로 정답은 4번이다."),
    ("statements", _STATEMENTS + "정답: D"),
    ("statements", _STATEMENTS + "따라서 정답은 D이다."),
    ("statements", _STATEMENTS + "①과 ③이 옳다. 정답은 4번이다."),
    ("statements", _STATEMENTS + "그러므로 D가 정답이다. ②는 옳지 않다."),
    ("nerve", _NERVE + "정답: B"),
    ("nerve", _NERVE + "정답은 5번 뇌신경이다."),
    ("nerve", _NERVE + "따라서 5번 뇌신경이 정답이다."),
    ("nerve", _NERVE + "따라서 손상이 의심되는 것은 5번 뇌신경이며 정답은 2번이다."),
    ("nerve", _NERVE + "정답은 ② 5번 뇌신경이다."),
    ("pregnancy", _PREGNANCY + "정답: B"),
    ("pregnancy", _PREGNANCY + "정답은 황산마그네슘이다."),
    ("pregnancy", _PREGNANCY + "따라서 경련을 막는 황산마그네슘이 정답이다."),
    ("pregnancy", _PREGNANCY + "황산마그네슘은 4 g을 20분에 걸쳐 투여한 뒤 시간당 1~2 g으로 유지한다. 정답은 B이다."),
    (
        "pregnancy",
        _PREGNANCY
        + "자간증은 임신 20주 이후에 생기며 혈압이 140/90 mmHg 이상이면 임신성 고혈압으로 본다. 정답은 ②이다.",
    ),
    ("pregnancy", _PREGNANCY + "이 29세 임신부에게 옥시토신은 쓸 이유가 없다. 답은 B입니다."),
    ("pregnancy", _PREGNANCY + "Answer: B"),
]

_LOOP = "이 환자는 빈혈이 있으므로 철분을 투여해야 한다. "

FAULTS: list[tuple[str, Reason, str]] = [
    # Another option is said to be right.
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "\n정답: B"),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "따라서 정답은 C이다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "그러므로 ②가 정답이다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "정답은 2번이다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "정답은 에피네프린 3 mg 정맥주사이다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK_2 + "따라서 가장 먼저 투여할 약물은 살부타몰 2.5 mg 흡입이다."),
    ("anaemia", Reason.WRONG_ANSWER, _ANAEMIA + "정답은 만성질환빈혈이다."),
    ("anaemia", Reason.WRONG_ANSWER, _ANAEMIA + "정답은 C가 아니라 E이다."),
    ("anaemia", Reason.WRONG_ANSWER, _ANAEMIA + "답: 4"),
    ("anaemia", Reason.WRONG_ANSWER, _ANAEMIA + "그러므로 용혈빈혈이 정답입니다."),
    ("potassium", Reason.WRONG_ANSWER, _POTASSIUM + "결론적으로 혈액투석이 가장 적절하다."),
    ("potassium", Reason.WRONG_ANSWER, _POTASSIUM + "Answer: C"),
    ("potassium", Reason.WRONG_ANSWER, _POTASSIUM + "정답은 인슐린 투여이다."),
    ("scurvy", Reason.WRONG_ANSWER, _SCURVY + "정답은 비타민 K이다."),
    ("scurvy", Reason.WRONG_ANSWER, _SCURVY + "정답: C"),
    ("hepatitis", Reason.WRONG_ANSWER, _HEPATITIS + "정답은 B형 간염이다."),
    ("wrong-one", Reason.WRONG_ANSWER, _WRONG + "정답은 A이다."),
    ("statements", Reason.WRONG_ANSWER, _STATEMENTS + "정답은 ①, ②이다."),
    ("statements", Reason.WRONG_ANSWER, _STATEMENTS + "정답은 5번이다."),
    ("nerve", Reason.WRONG_ANSWER, _NERVE + "정답은 7번 뇌신경이다."),
    ("nerve", Reason.WRONG_ANSWER, _NERVE + "정답은 5번이다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "[정답] B"),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "정답은 다음과 같습니다.\nB. 에피네프린 3 mg 정맥주사"),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "A보다 B가 더 적절하다. 따라서 B를 선택한다."),
    ("shock", Reason.WRONG_ANSWER, _SHOCK + "정답은 덱사메타손이다."),
    # More than one.
    ("shock", Reason.SEVERAL_ANSWERS, _SHOCK + "따라서 덱사메타손이 가장 적절하다. 정답: A"),
    ("shock", Reason.SEVERAL_ANSWERS, _SHOCK + "가장 적절한 것은 B이다. 정답: A"),
    ("shock", Reason.SEVERAL_ANSWERS, _SHOCK + "살부타몰이 정답이다. 정답: A"),
    ("shock", Reason.SEVERAL_ANSWERS, _SHOCK + "정답은 A와 B이다."),
    ("shock", Reason.SEVERAL_ANSWERS, _SHOCK + "정답: A 또는 C"),
    ("shock", Reason.SEVERAL_ANSWERS, "정답은 B이다. " + _SHOCK + "따라서 정답은 A이다."),
    ("anaemia", Reason.SEVERAL_ANSWERS, _ANAEMIA + "정답: C. 만성질환빈혈"),
    ("anaemia", Reason.SEVERAL_ANSWERS, _ANAEMIA + "③과 ⑤가 정답이다."),
    ("anaemia", Reason.SEVERAL_ANSWERS, _ANAEMIA + "따라서 용혈빈혈이 가장 적절하다. 정답: C"),
    ("potassium", Reason.SEVERAL_ANSWERS, _POTASSIUM + "정답은 B, C이다."),
    ("scurvy", Reason.SEVERAL_ANSWERS, _SCURVY + "정답: C (비타민 C)"),
    ("hepatitis", Reason.SEVERAL_ANSWERS, _HEPATITIS + "정답: A형 간염\n정답: B형 간염"),
    ("nerve", Reason.SEVERAL_ANSWERS, _NERVE + "정답은 5번, 5번 뇌신경이다."),
    # The right one is said to be wrong.
    ("shock", Reason.DENIES_ANSWER, _SHOCK + "A는 정답이 아니다. 정답: A"),
    ("anaemia", Reason.DENIES_ANSWER, _ANAEMIA + "C는 오답이다."),
    ("potassium", Reason.DENIES_ANSWER, _POTASSIUM + "칼슘 글루콘산 정맥주사는 정답이 될 수 없다."),
    ("scurvy", Reason.DENIES_ANSWER, _SCURVY + "정답은 D가 아니라 E이다."),
    ("shock", Reason.DENIES_ANSWER, _SHOCK + "정답은 A일 수 없다. 정답: A"),
    ("shock", Reason.DENIES_ANSWER, _SHOCK + "A는 틀렸다. 정답: A"),
    ("anaemia", Reason.DENIES_ANSWER, _ANAEMIA + "철결핍빈혈은 적절하지 않다. 정답: C"),
    # None.
    ("shock", Reason.NO_ANSWER, _SHOCK + "에피네프린을 근육으로 투여한다."),
    ("anaemia", Reason.NO_ANSWER, _ANAEMIA + "철분을 보충하면 좋아진다."),
    ("potassium", Reason.NO_ANSWER, _POTASSIUM + "정답을 고르려면 심전도를 보아야 한다."),
    ("hepatitis", Reason.NO_ANSWER, _HEPATITIS + "정답은 본문에 나와 있다."),
    # Numbers of the question, changed.
    ("shock", Reason.OTHER_NUMBER, _SHOCK.replace("80/50", "180/50") + "정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK.replace("128회/분", "88회/분") + "정답: A"),
    ("shock", Reason.OTHER_NUMBER, "이 54세 남자는 " + _SHOCK + "정답: A"),
    ("shock", Reason.OTHER_NUMBER, "이 45세 여자는 " + _SHOCK + "정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "정답: A. 에피네프린 0.5 mg 근육주사"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "정답은 A, 즉 에피네프린 30 mg 근육주사이다."),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "에피네프린 0.3 g 근육주사를 시행한다. 정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "에피네프린 1 mg을 근육에 주사한다. 정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "정답: A (에피네프린 3.0 mg 근육주사)"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "살부타몰 25 mg 흡입은 부족하다. 정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "맥박은 분당 88회로 느리다. 정답: A"),
    ("shock", Reason.OTHER_NUMBER, _SHOCK + "20시간 전부터 숨이 찼다. 정답: A"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA.replace("7.2 g/dL", "9.2 g/dL") + "정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA.replace("7.2 g/dL", "7.2 mg/dL") + "정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA.replace("페리틴 5", "페리틴 50") + "정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA + "혈소판이 42,000/mm³로 줄어 있다. 정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA + "Hb가 10.2로 낮다. 정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA + "3년 전부터 지친 것은 만성 출혈 때문이다. 정답: C"),
    ("anaemia", Reason.OTHER_NUMBER, _ANAEMIA.replace("32세", "23세") + "정답: C"),
    ("potassium", Reason.OTHER_NUMBER, _POTASSIUM.replace("7.1 mEq/L", "1.7 mEq/L") + "정답: B"),
    ("potassium", Reason.OTHER_NUMBER, _POTASSIUM + "나트륨 126 mEq/L도 문제이다. 정답: B"),
    ("potassium", Reason.OTHER_NUMBER, _POTASSIUM + "크레아티닌이 8.4 mg/dL로 높다. 정답: B"),
    ("pregnancy", Reason.OTHER_NUMBER, _PREGNANCY.replace("임신 32주", "임신 23주") + "정답: B"),
    ("pregnancy", Reason.OTHER_NUMBER, _PREGNANCY.replace("168/112", "168/92") + "정답: B"),
    # Where the answer came from.
    ("shock", Reason.LEAK, "주어진 정답에 따르면 에피네프린이다. " + _SHOCK + "정답: A"),
    ("shock", Reason.LEAK, _SHOCK + "제시된 정답이 A이므로 이를 설명하였다. 정답: A"),
    ("anaemia", Reason.LEAK, _ANAEMIA + "정답이 C로 주어졌으므로 철결핍빈혈이다. 정답: C"),
    ("anaemia", Reason.LEAK, "인공지능 언어 모델로서 진단할 수는 없습니다. " + _ANAEMIA + "정답: C"),
    ("potassium", Reason.LEAK, _POTASSIUM + "정답: B\n\nUser: 다음 문제를 풀어 주세요."),
    ("potassium", Reason.LEAK, _POTASSIUM + "지시 사항에 따라 마지막 줄에 답을 쓴다.\n정답: B"),
    ("scurvy", Reason.LEAK, "<unused94>thought " + _SCURVY + "정답: D"),
    ("scurvy", Reason.LEAK, "알겠습니다. 풀이를 쓰겠습니다. " + _SCURVY + "정답: D"),
    ("pregnancy", Reason.LEAK, _PREGNANCY + "정답: B\n더 궁금하신 점이 있으면 말씀해 주세요."),
    # Another language.
    ("shock", Reason.FOREIGN_SCRIPT, _SHOCK + "需要立即注射肾上腺素。 정답: A"),
    ("anaemia", Reason.FOREIGN_SCRIPT, _ANAEMIA + "貧血의 원인은 철이다. 정답: C"),
    ("anaemia", Reason.FOREIGN_SCRIPT, _ANAEMIA + "これは鉄欠乏です。 정답: C"),
    ("potassium", Reason.FOREIGN_SCRIPT, _POTASSIUM + "심장的 기능을 지켜야 한다. 정답: B"),
    ("scurvy", Reason.FOREIGN_SCRIPT, _SCURVY + "Это цинга. 정답: D"),
    (
        "pregnancy",
        Reason.FOREIGN_SCRIPT,
        _PREGNANCY + "The drug of choice for the prevention of seizures is magnesium sulfate. 정답: B",
    ),
    (
        "nerve",
        Reason.LOW_KOREAN,
        "The trigeminal nerve carries facial sensation. It also moves the jaw. The facial nerve does not. Therefore "
        "the fifth nerve is damaged. 따라서 정답은 B이다.",
    ),
    # Form.
    ("shock", Reason.EMPTY, "  \n "),
    ("shock", Reason.EMPTY, "****"),
    ("shock", Reason.LENGTH, "정답: A"),
    ("shock", Reason.LENGTH, "아나필락시스이므로 에피네프린을 투여한다. 정답은 A이다."),
    ("anaemia", Reason.LENGTH, _ANAEMIA + " ".join(f"{n}번째 근거도 있다." for n in range(400)) + " 정답: C"),
    ("anaemia", Reason.REPETITION, _LOOP * 6 + "정답: C"),
    ("anaemia", Reason.REPETITION, _ANAEMIA + "아" * 200 + " 정답: C"),
    ("potassium", Reason.REPETITION, _POTASSIUM * 3 + "정답: B"),
    ("shock", Reason.UNFINISHED, "정답: A\n" + _SHOCK + "따라서"),
    ("shock", Reason.UNFINISHED, "정답: A\n" + _SHOCK + "이 환자에게는 에피네프린을 근육으로 투여하고"),
    ("pregnancy", Reason.UNFINISHED, "정답: B\n" + _PREGNANCY + "첫째, 황산마그네슘은"),
]

# Explanations of dictionary terms: (term, definition, text).

EXPLAINED: list[tuple[str, str, str]] = [
    (
        "고혈압",
        "Hypertension",
        "고혈압은 동맥 안의 압력이 지속해서 높은 상태를 말한다. 오래 두면 심장과 콩팥, 뇌혈관에 부담을 준다.",
    ),
    (
        "제1형 당뇨병",
        "Type 1 diabetes mellitus",
        "제1형 당뇨병은 이자의 베타세포가 파괴되어 인슐린이 거의 나오지 않는 병이다. 대개 어릴 때 시작한다.",
    ),
    (
        "심근 경색",
        "Myocardial infarction",
        "심근경색(myocardial infarction)은 심장 동맥이 막혀 심장 근육이 괴사하는 병이다. 가슴 통증이 오래 이어진다.",
    ),
    ("빈혈", "Anemia", "빈혈(貧血)은 혈액의 산소 운반 능력이 떨어진 상태이다. 혈색소가 13 g/dL 아래일 때 의심한다."),
    (
        "C-반응 단백",
        "C-reactive protein",
        "C-반응 단백은 염증이 있을 때 간에서 만들어지는 단백질로, 염증의 정도를 본다.",
    ),
]
UNEXPLAINED: list[tuple[Reason, str, str, str]] = [
    (
        Reason.NO_TERM,
        "고혈압",
        "Hypertension",
        "동맥 안의 압력이 지속해서 높은 상태로, 오래 두면 심장과 콩팥에 부담을 준다.",
    ),
    (
        Reason.NO_TERM,
        "고혈압",
        "Hypertension",
        "저혈압은 동맥 안의 압력이 지속해서 낮은 상태로, 어지럼을 일으킬 수 있다.",
    ),
    (
        Reason.NO_TERM,
        "제1형 당뇨병",
        "Type 1 diabetes mellitus",
        "제2형 당뇨병은 인슐린이 잘 듣지 않는 병이며 제1형 당뇨병보다 흔하고 대개 어른에게서 시작한다.",
    ),
    (
        Reason.DOSE,
        "아스피린",
        "Aspirin",
        "아스피린은 혈소판의 응집을 막는 약이며 하루에 100 mg을 복용하여 혈전을 예방한다.",
    ),
    (
        Reason.DOSE,
        "인슐린",
        "Insulin",
        "인슐린은 혈당을 낮추는 호르몬이며 처음에는 하루 10단위를 피하로 주사하여 쓴다.",
    ),
    (Reason.LENGTH, "고혈압", "Hypertension", "고혈압은 병이다."),
    (Reason.LOW_KOREAN, "고혈압", "Hypertension", "고혈압 is hypertension, a chronic elevation of arterial pressure."),
    (
        Reason.FOREIGN_SCRIPT,
        "고혈압",
        "Hypertension",
        "고혈압은 동맥의 압력이 높은 상태이다. 高血壓은 심장에 부담을 준다고 한다.",
    ),
    (Reason.LEAK, "고혈압", "Hypertension", "알겠습니다. 고혈압은 동맥 안의 압력이 지속해서 높은 상태를 말한다."),
    (
        Reason.UNFINISHED,
        "고혈압",
        "Hypertension",
        "고혈압은 동맥 안의 압력이 지속해서 높은 상태를 말하며 심장과 콩팥에",
    ),
    (Reason.REPETITION, "고혈압", "Hypertension", "고혈압은 압력이 높은 것이다. " * 6),
    (Reason.EMPTY, "고혈압", "Hypertension", "\n"),
]

"""What the benchmark of tokens measures shares nothing with what it learns from."""

from tests.benchmarks import manuals, tokenizer


def test_a_held_out_line_that_was_learnt_from_is_not_measured() -> None:
    learnt = ["하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉", "짧은 문장", "첫 줄\n둘째 줄"]
    held = [
        "새 문장\n짧은 문장",
        "앞이 다르고 둘 셋 넷 다섯 여섯 일곱 여덟 아홉",
        "둘 셋 넷 다섯 여섯 일곱 여덟",
        "둘째 줄",
    ]
    assert tokenizer.unseen({"held": held}, learnt) == {"held": ["새 문장", "둘 셋 넷 다섯 여섯 일곱 여덟"]}


def test_documents_are_learnt_from_or_held_out_by_their_text_alone() -> None:
    documents = [f"{n}번째 문서" for n in range(500)]
    learnt, held = tokenizer.parted(documents)
    assert sorted([*learnt, *held]) == sorted(documents)
    assert 20 < len(held) < 90
    assert set(tokenizer.parted(held + learnt[:100])[1]) == set(held)


def test_a_page_of_a_manual_gives_its_korean_paragraphs_once() -> None:
    text = "이 단추를 누르면 새 문서가 열립니다."
    page = f"<html><head><title>{text}</title></head><body><p>{text}</p><p>도움말</p><td>{text}</td><p>English only</p>"
    more = "<li>&lt;파일&gt; 메뉴에서 <b>저장</b>을\n고르십시오</li><script>var 이름은_여기_나오지_않습니다;</script>"
    assert manuals.paragraphs(page + more) == [text, "<파일> 메뉴에서 저장을 고르십시오"]

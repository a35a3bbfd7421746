"""A document of the corpus: plain text, or a conversation that the chat template will write."""

from random import Random

import msgspec

Language = str


class Document(msgspec.Struct, frozen=True):
    """Either `text`, or `turns` of (role, content); `family` says which generator wrote it."""

    family: str
    text: str = ""
    turns: tuple[tuple[str, str], ...] = ()

    def as_text(self) -> str:
        """The words alone, for looking for overlaps."""
        return self.text or "\n".join(content for _, content in self.turns)


SYSTEMS = (
    "You are a helpful assistant.", "Answer briefly.", "Answer in one sentence.", "You answer questions about rules.", "你是一个乐于助人的助手。",
    "请简短回答。", "请用一句话回答。", "你负责回答关于规定的问题。", "You are a careful translator.", "你是一名认真的翻译。",
)  # fmt: skip
FRAMES_EN = (
    "{q}", "{q}", "{q}", "{q}", "Question: {q}", "Please tell me: {q}", "Tell me, {l}", "I have a question. {q}", "{q} Answer in one sentence.", "{q} Please be brief.", "Hello! {q}",
    "Someone asked me this: {q}", "Could you help? {q}", "{q} Thank you.", "A colleague wants to know: {l}", "One thing is not clear to me: {l}",
)  # fmt: skip
FRAMES_ZH = (
    "{q}", "{q}", "{q}", "{q}", "问题：{q}", "请告诉我：{q}", "请问，{q}", "我有一个问题。{q}", "{q}请用一句话回答。", "{q}请简短回答。", "你好！{q}",
    "有人问我：{q}", "能帮个忙吗？{q}", "{q}谢谢。", "同事想知道：{q}", "有一点我不清楚：{q}",
)  # fmt: skip


def framed(random: Random, question: str, language: Language) -> str:
    """The question, bare or inside a courtesy."""
    frame = random.choice(FRAMES_ZH if language == "zh" else FRAMES_EN)
    return frame.format(q=question, l=question[0].lower() + question[1:])


def dialogue(random: Random, family: str, *pairs: tuple[str, str]) -> Document:
    """One or several exchanges as a chat, or, now and then, as plain text with marks of its own."""
    kind = random.random()
    if kind < 0.75:
        turns = [turn for prompt, reply in pairs for turn in (("user", prompt), ("assistant", reply))]
        if random.random() < 0.12:
            turns.insert(0, ("system", random.choice(SYSTEMS)))
        return Document(family, turns=tuple(turns))
    before, middle, after = random.choice(
        (("Q: ", "\nA: ", "\n\n"), ("问：", "\n答：", "\n"), ("", "\n", "\n\n"), ("User: ", "\nAssistant: ", "\n"),
         ("### Instruction:\n", "\n### Response:\n", "\n\n"), ("- ", " -> ", "\n"), ("【问】", "【答】", "\n"))
    )  # fmt: skip
    return Document(family, text=after.join(f"{before}{prompt}{middle}{reply}" for prompt, reply in pairs))

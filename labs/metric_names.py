"""What the metrics of a run are called in sentences and tables, in both languages."""

from labs.text import Text

_NAMES = {
    "perplexity": Text(en="perplexity", zh="困惑度"),
    "probe_perplexity": Text(en="general perplexity", zh="通用困惑度"),
    "exact_match": Text(en="exact match", zh="精确匹配"),
    "bleu": Text(en="BLEU", zh="BLEU"),
    "chrf": Text(en="chrF", zh="chrF"),
    "rouge1": Text(en="ROUGE-1", zh="ROUGE-1"),
    "rouge2": Text(en="ROUGE-2", zh="ROUGE-2"),
    "rougeL": Text(en="ROUGE-L", zh="ROUGE-L"),
    "rougeLsum": Text(en="ROUGE-Lsum", zh="ROUGE-Lsum"),
    "accuracy": Text(en="accuracy", zh="准确率"),
    "macro_f1": Text(en="macro F1", zh="宏平均 F1"),
    "json_f1": Text(en="JSON field F1", zh="JSON 字段 F1"),
    "json_validity": Text(en="valid JSON", zh="JSON 合法率"),
    "execution_accuracy": Text(en="execution accuracy", zh="执行准确率"),
    "style_markers": Text(en="style markers", zh="风格标记"),
}


def metric_text(name: str) -> Text:
    """The metric's name as one writes it; the code itself for a metric that is not listed."""
    return _NAMES.get(name, Text(en=name, zh=name))

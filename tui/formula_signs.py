"""Which Unicode sign a LaTeX command stands for; data for ``tui.formula``."""

SIGNS: dict[str, str] = {
    # Greek
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
    # operators and relations, spaced as they are read
    "cdot": "·", "div": "÷", "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "odot": "⊙",
    "oplus": "⊕", "otimes": "⊗", "le": " ≤ ", "leq": " ≤ ", "ge": " ≥ ", "geq": " ≥ ", "ll": " ≪ ", "gg": " ≫ ",
    "ne": " ≠ ", "neq": " ≠ ", "approx": " ≈ ", "sim": " ~ ", "simeq": " ≃ ", "equiv": " ≡ ", "propto": " ∝ ", "lt": "<",
    "gt": ">", "in": " ∈ ", "notin": " ∉ ", "subset": " ⊂ ", "subseteq": " ⊆ ", "cup": " ∪ ", "cap": " ∩ ", "to": " → ",
    "rightarrow": " → ", "leftarrow": " ← ", "Rightarrow": " ⇒ ", "Leftrightarrow": " ⇔ ", "mapsto": " ↦ ", "mid": " | ",
    "succ": " ≻ ", "prec": " ≺ ", "land": " ∧ ", "lor": " ∨ ", "lnot": "¬", "forall": "∀", "exists": "∃", "vert": "|",
    "Vert": "‖", "|": "‖", "parallel": "‖", "perp": "⊥", "top": "⊤", "sum": "Σ", "prod": "Π", "int": "∫", "nabla": "∇",
    "partial": "∂", "infty": "∞", "ell": "ℓ", "hbar": "ℏ", "emptyset": "∅", "dots": "…", "ldots": "…", "cdots": "⋯",
    "prime": "′", "backslash": "\\", "setminus": " ∖ ", "downarrow": "↓", "uparrow": "↑",
    # brackets
    "lceil": "⌈", "rceil": "⌉", "lfloor": "⌊", "rfloor": "⌋", "langle": "⟨", "rangle": "⟩", "{": "{", "}": "}",
    "lvert": "|", "rvert": "|", "lVert": "‖", "rVert": "‖",
    # spaces and escapes
    ",": " ", ";": " ", ":": " ", "!": "", " ": " ", "quad": "  ", "qquad": "  ", "%": "%", "$": "$", "#": "#", "&": "&",
    "_": "_",
}  # fmt: skip

NAMES = frozenset(
    [
        "log",
        "ln",
        "exp",
        "min",
        "max",
        "sin",
        "cos",
        "tan",
        "tanh",
        "argmax",
        "argmin",
        "det",
        "dim",
        "rank",
        "lim",
        "softmax",
        "Pr",
        "sup",
        "inf",
        "gcd",
        "bmod",
        "mod",
        "trace",
    ]
)

ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7"}  # fmt: skip

LETTERS: dict[str, dict[str, str]] = {
    "mathbb": {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "E": "𝔼", "Q": "ℚ", "C": "ℂ", "P": "ℙ"},
    "mathcal": {"L": "ℒ", "D": "𝒟", "N": "𝒩", "O": "𝒪", "V": "𝒱", "B": "ℬ", "U": "𝒰", "F": "ℱ", "H": "ℋ"},
}

SUPERSCRIPTS = dict(zip("0123456789+−-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVW", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂ", strict=True))  # fmt: skip
SUPERSCRIPTS |= {"′": "′", "∗": "*", "⊤": "ᵀ", "β": "ᵝ", "γ": "ᵞ", "θ": "ᶿ"}
SUBSCRIPTS = dict(zip("0123456789+−-=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
SUBSCRIPTS |= {"β": "ᵦ", "γ": "ᵧ", "ρ": "ᵨ", "φ": "ᵩ", "χ": "ᵪ"}

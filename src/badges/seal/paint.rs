//! The colours of the seal as SVG attributes. The contrast of words on the bar and of lines on
//! paper is WCAG AA or better in both schemes.

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Light,
    Dark,
    /// Classes with an embedded style sheet.
    Auto,
    /// `currentColor` and `Canvas`, coloured by the page.
    Inline,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Jade,
    Amber,
    Slate,
    Vermilion,
}

/// For light and dark pages, like [`Tone::colours`].
pub(super) const INK: [&str; 2] = ["#1b2420", "#e6ece8"];
pub(super) const PAPER: [&str; 2] = ["#fdfcf8", "#121b17"];

impl Tone {
    pub(super) fn colours(self) -> [&'static str; 2] {
        match self {
            Self::Jade => ["#0f6b4f", "#63c5a0"],
            Self::Amber => ["#8a5a00", "#e2b153"],
            Self::Slate => ["#56605b", "#a3aea8"],
            Self::Vermilion => ["#bd2f16", "#ff8b70"],
        }
    }
}

impl Paint {
    /// The style sheet of [`Paint::Auto`]; empty otherwise.
    pub(super) fn style(self, tone: Tone) -> String {
        if self != Self::Auto {
            return String::new();
        }
        let rules = |scheme: usize| {
            let (ink, paper, tone) = (INK[scheme], PAPER[scheme], tone.colours()[scheme]);
            format!(
                ".i{{fill:{ink}}}.p{{fill:{paper}}}.q{{stroke:{paper}}}.b{{fill:{tone}}}\
                 .l{{stroke:{tone}}}"
            )
        };
        format!("<style>{}@media(prefers-color-scheme:dark){{{}}}</style>", rules(0), rules(1))
    }

    pub(super) fn ink(self) -> String {
        self.write("fill", "i", INK, "currentColor")
    }

    pub(super) fn paper(self) -> String {
        self.write("fill", "p", PAPER, "Canvas")
    }

    pub(super) fn paper_line(self) -> String {
        self.write("stroke", "q", PAPER, "Canvas")
    }

    pub(super) fn line(self, tone: Tone) -> String {
        self.write("stroke", "l", tone.colours(), "currentColor")
    }

    pub(super) fn bar(self, tone: Tone) -> String {
        self.write("fill", "b", tone.colours(), "currentColor")
    }

    /// Words on the bar have the colour of the paper.
    pub(super) fn on_bar(self) -> String {
        self.paper()
    }

    fn write(self, what: &str, class: &str, colours: [&str; 2], inline: &str) -> String {
        match self {
            Self::Light => format!("{what}=\"{}\"", colours[0]),
            Self::Dark => format!("{what}=\"{}\"", colours[1]),
            Self::Auto => format!("class=\"{class}\""),
            Self::Inline if inline == "Canvas" => {
                let class = if what == "fill" { "seal-paper" } else { "seal-paper-line" };
                format!("{what}=\"{inline}\" class=\"{class}\"")
            }
            Self::Inline => format!("{what}=\"{inline}\""),
        }
    }
}

//! Colours by role. In SVG a role becomes a class, so that the page's style sheet decides.

use plotters::style::RGBColor;

use super::Picture;

/// One colour for each role.
pub struct Palette {
    /// Behind everything.
    pub paper: RGBColor,
    /// Text.
    pub ink: RGBColor,
    /// Lines of the scale.
    pub grid: RGBColor,
    /// The line at nought.
    pub axis: RGBColor,
    /// Bars.
    pub bar: RGBColor,
    /// Bars of values that may still change.
    pub soft: RGBColor,
    /// The line and its points.
    pub line: RGBColor,
    /// Behind a stretch without data.
    pub missing: RGBColor,
    /// Behind a stretch that was closed.
    pub shut: RGBColor,
    /// The sign of a withheld value.
    pub few: RGBColor,
    /// The sign of a bound, and of a signal.
    pub bound: RGBColor,
    /// The comparison; dashed.
    pub compare: RGBColor,
    /// The mean over seven days.
    pub mean: RGBColor,
    /// The usual band.
    pub band: RGBColor,
    /// Control limits; dashed.
    pub limit: RGBColor,
    /// The target.
    pub target: RGBColor,
    /// Known events.
    pub flag: RGBColor,
    /// Parts of a whole, in their order.
    pub parts: [RGBColor; PARTS],
}

/// How many parts of a whole have a colour.
pub const PARTS: usize = 7;
/// Where they begin among the roles.
const FIRST_PART: usize = 17;

/// Names of the roles in the order of their stand-in colours.
const ROLES: [&str; 24] = [
    "paper", "ink", "grid", "axis", "bar", "soft", "line", "missing", "shut", "few", "bound",
    "compare", "mean", "band", "limit", "target", "flag", "part1", "part2", "part3", "part4",
    "part5", "part6", "part7",
];
/// Roles whose strokes are dashed.
const DASHED: [&str; 2] = ["compare", "limit"];

/// The light and dark colours of a picture that stands alone, in the order of [`ROLES`].
const LIGHT: [u32; 24] = [
    0xff_ff_ff, 0x3d_4a_4a, 0xe3_e7_e6, 0x8a_96_95, 0x1c_74_6c, 0x8f_c1_bb, 0x1c_74_6c, 0xf3_e3_cf,
    0xee_f1_f0, 0x6b_78_77, 0x9a_5b_13, 0x2a_31_31, 0xa8_5d_00, 0xdf_e7_f2, 0x5b_5f_8f, 0x9a_5b_13,
    0x7a_4c_8f, 0x1c_74_6c, 0x5b_5f_8f, 0xb0_53_0c, 0x8a_1f_3d, 0xa0_8a_00, 0x4c_8a_2e, 0xa9_b3_b0,
];
const DARK: [u32; 24] = [
    0x12_18_18, 0xc3_cd_cb, 0x2a_33_33, 0x6b_78_77, 0x5c_c4_b8, 0x2f_6f_68, 0x5c_c4_b8, 0x3d_30_20,
    0x1c_23_23, 0x93_a1_9f, 0xe0_a4_58, 0xd8_df_dd, 0xf0_a0_40, 0x24_30_44, 0xa9_ad_dd, 0xe0_a4_58,
    0xc4_9a_d6, 0x5c_c4_b8, 0xa9_ad_dd, 0xf0_a3_5e, 0xe2_7a_96, 0xd9_cc_5a, 0x9b_d0_7a, 0x5b_67_66,
];

impl Palette {
    /// Stand-ins that [`apply`] turns into classes: `#0100NN` is the role NN.
    pub fn roles() -> Self {
        Self::of(|role| RGBColor(1, 0, u8::try_from(role).unwrap_or(0)))
    }

    /// The colours of pictures that have only one theme.
    pub fn light() -> Self {
        Self::of(|role| {
            let [_, red, green, blue] = LIGHT[role].to_be_bytes();
            RGBColor(red, green, blue)
        })
    }

    fn of(colour: impl Fn(usize) -> RGBColor) -> Self {
        Self {
            paper: colour(0),
            ink: colour(1),
            grid: colour(2),
            axis: colour(3),
            bar: colour(4),
            soft: colour(5),
            line: colour(6),
            missing: colour(7),
            shut: colour(8),
            few: colour(9),
            bound: colour(10),
            compare: colour(11),
            mean: colour(12),
            band: colour(13),
            limit: colour(14),
            target: colour(15),
            flag: colour(16),
            parts: std::array::from_fn(|part| colour(FIRST_PART + part)),
        }
    }
}

/// How the value of an attribute begins that names a role as a colour; two digits say which.
const COLOUR: &str = "=\"#0100";

/// Classes in the place of colours.
fn classed(raw: &str, fineness: u32) -> String {
    let classes: Vec<[String; 2]> = ROLES
        .iter()
        .map(|name| {
            let dashes = dashes(name, fineness);
            [
                format!("class=\"f-{name}\""),
                format!("class=\"s-{name}\"{dashes}"),
            ]
        })
        .collect();
    let mut picture = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(COLOUR) {
        let (before, after) = rest.split_at(at);
        let after = &after[COLOUR.len()..];
        let role = after.split_once('"').and_then(|(digits, behind)| {
            let role = usize::from_str_radix(digits, 16).ok()?;
            Some((classes.get(role)?, behind))
        });
        let class = role.and_then(|([fill, stroke], behind)| {
            let kept = before.strip_suffix("fill").map(|kept| (kept, fill));
            let kept = kept.or_else(|| before.strip_suffix("stroke").map(|kept| (kept, stroke)));
            kept.map(|(kept, class)| (kept, class, behind))
        });
        if let Some((kept, class, behind)) = class {
            picture.extend([kept, class]);
            rest = behind;
        } else {
            picture.extend([before, COLOUR]);
            rest = after;
        }
    }
    picture + rest
}

/// Makes a picture of Plotters follow the page: classes instead of colours, the page's own font,
/// a title and a description, and no size of its own.
pub fn apply(raw: &str, picture_of: &Picture, fineness: u32) -> String {
    let inside = raw.split_once('>').map_or("", |(_, rest)| rest);
    let mut picture = classed(inside, fineness);
    for noise in [
        " opacity=\"1\"",
        " stroke=\"none\"",
        " font-family=\"sans-serif\"",
    ] {
        picture = picture.replace(noise, "");
    }
    picture = picture
        .replace(">\n", ">")
        .replace("\n</text>", "</text>")
        .replace(" \"/>", "\"/>");
    let (width, height) = (picture_of.width * fineness, picture_of.height * fineness);
    let id = &picture_of.id;
    let style = if picture_of.stands_alone {
        own_style()
    } else {
        String::new()
    };
    let size = if picture_of.stands_alone {
        format!(
            " width=\"{}\" height=\"{}\"",
            picture_of.width, picture_of.height
        )
    } else {
        String::new()
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" viewBox=\"0 0 {width} {height}\"{size} \
         role=\"img\" aria-labelledby=\"{id}-title {id}-desc\"><title id=\"{id}-title\">{}</title>\
         <desc id=\"{id}-desc\">{}</desc>{style}{picture}",
        escaped(&picture_of.title),
        escaped(&picture_of.description),
    )
}

/// Dashes are an attribute, so that the page's policy needs no style for them.
fn dashes(role: &str, fineness: u32) -> String {
    if DASHED.contains(&role) {
        format!(" stroke-dasharray=\"{} {}\"", 5 * fineness, 4 * fineness)
    } else {
        String::new()
    }
}

fn own_style() -> String {
    let rules = |colours: [u32; 24]| {
        ROLES
            .iter()
            .zip(colours)
            .fold(String::new(), |rules, (role, colour)| {
                format!("{rules}.f-{role}{{fill:#{colour:06x}}}.s-{role}{{stroke:#{colour:06x}}}")
            })
    };
    format!(
        "<style>text{{font-family:system-ui,sans-serif}}{}@media(prefers-color-scheme:dark){{{}}}</style>\
         <rect class=\"f-paper\" width=\"100%\" height=\"100%\"/>",
        rules(LIGHT),
        rules(DARK),
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

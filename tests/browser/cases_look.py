"""How it looks: on a phone, in the dark, large, with texts that can be read.
The screenshots are for people; what is checked is what a number can say."""

from harness import same
from page import test

WIDE = "document.scrollingElement.scrollWidth"

# The least contrast of the texts there are, with what has it (WCAG 2.1).
CONTRAST = """(() => {
    const canvas = document.createElement("canvas").getContext("2d",
        {willReadFrequently: true});
    const rgba = (colour) => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) =>
        v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (e) => {
        for (; e; e = e.parentElement) {
            const colour = rgba(getComputedStyle(e).backgroundColor);
            if (colour[3] === 255)
                return colour;
        }
        return rgba("Canvas");
    };
    let least = [99, ""];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !e.checkVisibility() ||
            e.closest("button:disabled, noscript, option"))
            continue;
        const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (ratio < least[0])
            least = [ratio, e.className + ": " + walker.currentNode.data];
    }
    return least;
})()"""


def is_readable(page, what):
    least, where = page.js(CONTRAST)
    assert least >= 4.5, (what, least, where)


@test()
def on_a_phone(page):
    page.tab.size(375, 812, phone=True)
    page.open()
    same(page.js(WIDE), 375)
    page.shoot("phone-idle")
    for name in ("gather", "cancel", "error", "text"):
        page.example(name)
        page.run()
        same(page.js(WIDE), 375, name)
        page.shoot("phone-" + name, whole=True)
    page.run('(println "%s") (throw "%s")' % ("x" * 3000, "y" * 3000))
    same(page.js(WIDE), 375, "long words")
    page.tab.size(320, 600, phone=True)
    same(page.js(WIDE), 320, "the narrowest")
    small = page.js("""[...document.querySelectorAll(".bar button, select, summary")]
        .filter((e) => e.getBoundingClientRect().height < 38).map((e) => e.innerText)""")
    same(small, [])


@test()
def in_the_dark(page):
    page.tab.dark(True)
    back = page.js("getComputedStyle(document.body).backgroundColor")
    same(back, "rgb(14, 20, 19)")
    for name in ("cancel", "text", "macros", "error"):
        page.example(name)
        page.run()
        page.shoot("dark-" + name)
        is_readable(page, "dark, " + name)


@test()
def in_the_light(page):
    page.shoot("desktop-idle")
    for name in page.js("[...document.querySelectorAll('option')].map((o) => o.value)"):
        page.example(name)
        bar = "getComputedStyle(document.querySelector('.CodeMirror-hscrollbar'))"
        same(page.js(bar + ".display"), "none", name)
    for name in ("closures", "generators", "text", "macros", "error"):
        page.example(name)
        page.run()
        is_readable(page, "light, " + name)
    for width in (701, 900, 901, 1024, 1920):
        page.tab.size(width, 800)
        same(page.js(WIDE), width)


@test()
def with_large_letters(page):
    """As when a person has set them to twice their size."""
    page.js("document.documentElement.style.fontSize = '200%'")
    page.example("gather")
    page.run()
    same(page.js(WIDE), 1280)
    cut = page.js("""[...document.querySelectorAll("button, .name, .took, .tick")]
        .filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0)
        .map((e) => e.innerText)""")
    same(cut, [])
    page.shoot("large-letters", whole=True)

"""A second reader of the protocol, written from the specification alone and sharing no code with watchdog/.

judge() takes the bytes of STATUS and REVIEW and answers what a verification without git has to answer. PASS, DONE and
the lifting of a VETO are read strictly, FAIL and VETO loosely: wherever the text leaves a doubt, the reading that keeps
the loops running is taken. Only the standard library is used. compare.py sets the two readers side by side.
"""

import bisect
import calendar
import re

LIVE, DIM, DEAD = 2, 1, 0
MAX_BYTES = 8 << 20
MAX_LINE = 64 << 10
BLANK = " \t\r"
ENDASH, EMDASH = "\u2013", "\u2014"

# --- times (section 5) ---

TIME_START = re.compile(r"(?<![0-9A-Za-z./+#\\-])[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
CLOCK = re.compile(r"[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?")
ZONE = re.compile(r" ?(?:(?:UTC|GMT|Z)(?!\+)|([+-])([0-9]{2})(?::?([0-9]{2}))?(?!:))", re.I | re.A)
CLOCKISH = re.compile(r"[Tt]|[ \t]+[0-9]{1,2}:")
AFTER_TIME = re.compile(r"[0-9A-Za-z]|[-+:/.,_][0-9A-Za-z]")


def parse_time(s, at):
    """The time at s[at:]: (end, seconds or None). None: it looks like a time and is none that counts."""
    m = DATE.match(s, at)
    if not m:
        return at, None
    year, month, day = (int(x) for x in m.groups())
    end = m.end()
    good = 2020 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    seconds = calendar.timegm((year, month, day, 0, 0, 0)) if good else 0
    if CLOCKISH.match(s, end):
        c = CLOCK.match(s, end)
        if not c:
            return end, None
        hour, minute, sec = int(c[1]), int(c[2]), int(c[3] or 0)
        end = c.end()
        z = ZONE.match(s, end)
        if not z or hour > 23 or minute > 59 or sec > 60:
            return end, None
        end = z.end()
        offset = 0
        if z[1]:
            if int(z[2]) > 14 or int(z[3] or 0) > 59:
                return end, None
            offset = (int(z[2]) * 60 + int(z[3] or 0)) * 60 * (-1 if z[1] == "-" else 1)
        seconds += hour * 3600 + minute * 60 + min(sec, 59) - offset
    if not good or AFTER_TIME.match(s, end):
        return end, None
    return end, seconds


# --- dead, dim and live text (section 2) ---

LIST_MARK = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])(?=[ \t\r]|$)")
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$", re.S)
HEADING = re.compile(r"(#{1,6})(?:[ \t\r]+|$)")
RAW_OPEN = re.compile(r"<(pre|script|style|textarea)(?=[ \t\r>/]|$)", re.I | re.A)
RAW_CLOSE = re.compile(r"</(?:pre|script|style|textarea)[ \t\r]*>", re.I | re.A)
DETAILS = re.compile(r"<details(?=[ \t\r>/]|$)", re.I | re.A)
INLINE = re.compile(r"\\[`~]|`+|<!--|~+|<details(?=[ \t\r>/]|$)|</details[ \t\r]*>|"
                    r"<(?:pre|script|style|textarea)(?=[ \t\r>/]|$)", re.I | re.A)
RUN = re.compile("`+")
BOX = re.compile(r"\[([^\]]?)\](?:[ \t\r]+|$)")
RULE = re.compile(r"(?:\*[ \t\r]*){3,}$|(?:-[ \t\r]*){3,}$|(?:_[ \t\r]*){3,}$")
SETEXT = re.compile(r"(?:=+|-+)$")
EXAMPLES = {"Example", "Examples", "Template", "Format", "Legend", "Grammar", "Syntax", "Line format", "Verdict format",
            "How to read this file"}
EXAMPLES_ANY = {x.lower() for x in EXAMPLES}


class Line:
    __slots__ = ("number", "raw", "text", "life", "cut", "heading", "title", "nested", "underlined", "as_is", "final",
                 "loose", "last", "joined")

    def __init__(self, number, raw, text, life, cut=False):
        self.number = number        # from 1
        self.raw = raw
        self.text = text            # without comments and struck text
        self.life = life
        self.cut = cut              # something was taken out
        self.heading = 0            # its level
        self.title = ""
        self.nested = False         # in a list
        self.underlined = False     # a heading by the line under it
        self.as_is = False          # inside something doubtful: no block is recognised
        self.final = False          # behind an opener without an end
        self.loose = False          # a heading in doubt: it ends nothing
        self.last = 0               # of a heading of several lines: the number of its last one
        self.joined = None          # and the text of all of them


def columns(s, at=0, col=0):
    while at < len(s) and s[at] in BLANK:
        col = (col // 4 + 1) * 4 if s[at] == "\t" else col + 1
        at += 1
    return col, at


def box_at(s):
    """(bytes, open) of a box; 0 when there is none."""
    m = BOX.match(s)
    return (m.end(), m[1] not in ("x", "X")) if m else (0, False)


def unlisted(s):
    while LIST_MARK.match(s):
        s = s[LIST_MARK.match(s).end():].lstrip(BLANK)
    return s


class Scanner:
    """Gives each line its life. An opener looks ahead for its end once, and one without an end ends the scan."""

    def __init__(self, lines, long):
        self.src = lines
        self.long = long
        self.n = len(lines)
        self.out = []
        self.items = []         # content columns of the open list items
        self.details = 0
        self.empty_item = False     # the line above ends with the mark of an item with nothing on it
        self.tags = []          # (from, to, for ever) of lines behind an element of raw text that opens inside a line
        self.forced = {}        # index -> (text, as it is): what is left of a line on which a comment ended
        self.ticks = []         # the paragraph's runs of backticks: (index of the line, length, escaped, inert, first)
        self.end_paragraph()

    def end_paragraph(self):
        self.para = self.quote = False
        self.para_line = -1
        self.strike = False     # a ~~ that had no partner on its line
        runs, self.ticks = self.ticks, []
        if not runs or runs[0][0] == runs[-1][0]:
            return
        places = {}
        for k, run in enumerate(runs):
            places.setdefault(run[1], []).append(k)
        k = 0
        while k < len(runs):
            line, length, escaped, inert, first = runs[k]
            later = places.get(length - escaped, [])
            j = bisect.bisect_right(later, k)
            if inert or j == len(later):
                k += 1
                continue
            k = later[j]
            if runs[k][0] > line:
                self.inside(line + (not first), runs[k][0])
            k += 1

    def inside(self, first, last):
        for line in reversed(self.out):
            if line.number - 1 < first:
                break
            if line.number - 1 <= last and line.life != DIM:
                line.text = line.text if line.life == LIVE else line.raw
                line.life = DIM

    def note(self, i, line, start, begin, end, inert):
        """Remembers the runs of backticks of line[begin:end]."""
        for m in RUN.finditer(line, max(begin, self.noted)):
            if m.start() >= end:
                break
            slashes = m.start() - len(line[:m.start()].rstrip("\\"))
            if len(m[0]) < 64:
                self.ticks.append((i, len(m[0]), slashes % 2, inert, m.start() <= start))
            self.noted = m.end()

    def emit(self, i, text, life, cut=False):
        if life == LIVE and i in self.long:
            life = DIM
        line = Line(i + 1, self.src[i], text, life, cut)
        self.out.append(line)
        return line

    def dead(self, i, j):
        for k in range(i, j):
            self.out.append(Line(k + 1, self.src[k], "", DIM if k in self.long else DEAD))

    def as_is(self, i, j, final=False):
        for k in range(i, j):
            line = Line(k + 1, self.src[k], self.src[k], DIM)
            bare = unlisted(self.src[k].strip(BLANK))
            m = HEADING.match(bare)
            line.heading = len(m[1]) if m else 0
            line.loose = bare != self.src[k].strip(BLANK)
            line.as_is, line.final = True, final
            self.out.append(line)
        return j

    def run(self):
        i = self.front_matter()
        while i < self.n:
            i = self.step(i)
        self.end_paragraph()
        for first, end, final in self.tags:
            self.retouch(first, end, final)
        self.doubtful_headings()
        return self.out

    def doubtful_headings(self):
        """Underlines where blocks are not followed, and the texts of headings of several lines."""
        for line, below in zip(self.out, self.out[1:]):
            s = unlisted(line.raw.strip(BLANK))
            if line.as_is and below.as_is and not line.heading and s and SETEXT.match(below.raw.strip(BLANK)):
                line.heading = 1 if below.raw.strip(BLANK)[0] == "=" else 2
                line.loose = line.underlined = True
        for k, line in enumerate(self.out):
            if line.last:
                below = self.out[k:k + 1 + line.last - line.number]
                line.joined = " ".join("" if x.life == DEAD else x.text for x in below)

    def retouch(self, first, end, final):
        """For CommonMark such an element is text, so fences and lists go on; what it may hide is dim."""
        out, self.out = self.out, []
        for line in out:
            if not first <= line.number - 1 < end:
                self.out.append(line)
            elif not self.out or self.out[-1].number != line.number:
                self.as_is(line.number - 1, line.number, final)

    def front_matter(self):
        src = self.src
        if not src or src[0].rstrip(BLANK) != "---":
            return 0
        for j in range(1, self.n):
            if src[j].rstrip(BLANK) in ("---", "..."):
                self.dead(0, j + 1)
                return j + 1
        self.dead(0, 1)
        return self.as_is(1, self.n, True)

    def step(self, i):
        line = self.src[i]
        if i in self.forced:
            text, as_is = self.forced[i]
            i = self.inline(i, text, 0, DIM, as_is)
            self.end_paragraph()
            return i
        empty_item, self.empty_item = self.empty_item, False
        if not line.strip(BLANK):
            if empty_item and self.items:
                self.items.pop()    # CommonMark: an item begins with at most one empty line
            self.end_paragraph()
            self.emit(i, "", LIVE)
            return i + 1
        col, at = columns(line)
        begins, outer = self.starts_block(line[at:]), max([0] + [x for x in self.items if x <= col])
        deep = self.para and begins and bool(self.items) and col < self.items[-1] and col - outer >= 4
        if not deep and (not self.para or begins):
            while self.items and col < self.items[-1]:
                self.items.pop()
                self.end_paragraph()
        marked = False
        while True:
            base = self.items[-1] if self.items else 0
            rest = line[at:]
            fence = FENCE.match(rest.rstrip(BLANK)) if rest[0] in "`~" else None
            if fence and (col - base < 4 or self.items):
                return self.fence(i, fence, col, base)
            if col - base >= 4 or deep:
                if not self.para:
                    return self.quoted(i, line[at:])
                return self.inline(i, line, at, DIM)
            if rest[0] == ">":
                goes_on = self.quotes_paragraph(rest[1:], self.para and self.quote)
                self.end_paragraph()
                after = self.quoted(i, rest)
                if not self.open_comment:
                    self.para = self.quote = goes_on
                return after
            raw = RAW_OPEN.match(rest)
            if raw:
                return self.raw(i, raw[1], at)
            if LIST_MARK.match(rest) and not RULE.match(rest.rstrip(BLANK)) and (
                    not self.para or self.quote or self.interrupts(rest)):
                m = LIST_MARK.match(rest)
                before, mark_end = col, col + m.end()
                col, at = columns(line, at + m.end(), mark_end)
                empty = at >= len(line)
                content = mark_end + 1 if empty or col - mark_end > 4 else col
                self.items.append(max(content, before + 1))
                self.end_paragraph()
                marked = True
                if empty:
                    self.empty_item = True
                    self.emit(i, line, LIVE)
                    return i + 1
                continue
            break
        nested = bool(self.items)
        h = HEADING.match(rest)
        if h:
            self.end_paragraph()
            title = re.sub(r"(?:^|[ \t\r]+)#+[ \t\r]*$", "", rest[h.end():]).strip(BLANK)
            k = len(self.out)
            i = self.inline(i, line, at + h.end(), LIVE)
            for made in (x for x in self.out[k:k + 2] if x.number == self.out[k].number):
                made.heading, made.title, made.nested = len(h[1]), title, nested
            self.end_paragraph()
            return i
        return self.paragraph(i, line, at, rest.rstrip(BLANK), marked, nested, col >= base)

    @staticmethod
    def interrupts(rest):
        """Whether a list mark begins an item within a paragraph: a bullet or the number 1, with text behind it."""
        mark = LIST_MARK.match(rest)[0].rstrip(BLANK)
        return bool(rest[len(mark):].strip(BLANK)) and (not mark[0].isdigit() or int(mark[:-1]) == 1)

    def quotes_paragraph(self, text, goes_on):
        """Whether behind `>` a paragraph stands, which a line without the mark may go on with; goes_on: one is open."""
        while True:
            rest = text.lstrip(BLANK)
            blanks = text[:len(text) - len(rest)]
            if not rest:
                return False
            if "\t" in blanks:
                return True
            if len(blanks) > 4:
                return goes_on
            if rest[0] == ">":
                text = rest[1:]
                continue
            if RULE.match(rest.rstrip(BLANK)) or not LIST_MARK.match(rest):
                return not self.starts_block(rest)
            if goes_on and not self.interrupts(rest):
                return True
            goes_on = False
            text = rest[len(LIST_MARK.match(rest)[0].rstrip(BLANK)):]

    def paragraph(self, i, line, at, rest, marked, nested, within):
        under = self.para and not self.quote and not marked and within and SETEXT.match(rest)
        if under and self.para_line != i - 1:
            above = self.out[self.para_line - i:]
            for x in above:
                x.underlined = True
            above[0].heading, above[0].loose, above[0].last = (1 if rest[0] == "=" else 2), True, i
            self.end_paragraph()
            self.emit(i, line, LIVE if not self.details else DIM)
            return i + 1
        if under:
            above = self.out[-1]
            above.heading, above.underlined = (1 if rest[0] == "=" else 2), True
            above.title = above.raw.strip(BLANK)
            self.end_paragraph()
            self.emit(i, line, LIVE if not self.details else DIM)
            return i + 1
        if RULE.match(rest):
            self.end_paragraph()
            self.emit(i, line, LIVE if not self.details else DIM)
            return i + 1
        life = DIM if self.quote and self.para and not marked else LIVE
        lazy = life == DIM
        if self.whole_span(rest):
            life = DIM if marked or rest[0] != "`" else DEAD
        if not self.para:
            self.para_line = i
        self.para = True
        k = len(self.out)
        i = self.inline(i, line, at, life)
        self.quote = lazy and self.para
        for made in (x for x in self.out[k:k + 2] if x.number == self.out[k].number):
            made.nested = nested
        return i

    @staticmethod
    def starts_block(rest):
        if not rest:
            return False
        return bool(rest[0] in "#`~->*+_0123456789<" and (
            HEADING.match(rest) or FENCE.match(rest.rstrip(BLANK)) or RULE.match(rest.rstrip(BLANK)) or rest[0] == ">" or
            LIST_MARK.match(rest) or RAW_OPEN.match(rest) or rest.startswith("<!--") or DETAILS.match(rest)))

    @staticmethod
    def whole_span(body):
        body = body[box_at(body)[0]:].lstrip("*_").rstrip("*_")
        if not body or body[0] != "`":
            return False
        run = re.match("`+", body)[0]
        return Scanner.span_end(body, len(run), len(run)) == len(body)

    def fence(self, i, m, col, base):
        mark = m[1] or m[3]
        closer = re.compile(re.escape(mark[0]) + "{%d,}[ \t\r]*$" % len(mark))
        self.end_paragraph()
        for j in range(i + 1, self.n):
            c, n = columns(self.src[j])
            if c <= col + 3 and closer.match(self.src[j], n):
                self.dead(i, i + 1)
                for k in range(i + 1, j):
                    c, n = columns(self.src[k])
                    if c < base and n < len(self.src[k]):
                        self.as_is(k, k + 1)    # CommonMark would have ended the list, and the fence with it
                    else:
                        self.dead(k, k + 1)
                self.dead(j, j + 1)
                return j + 1
        self.dead(i, i + 1)
        return self.as_is(i + 1, self.n, True)

    def quoted(self, i, rest):
        """A quotation or indented code. Whether a comment that opens there counts is a doubt: what it covers is dim."""
        self.open_comment = False
        self.dead(i, i + 1)
        pos = self.unclosed_comment(rest)
        if pos < 0:
            return i + 1
        self.open_comment = True
        self.end_paragraph()
        for j in range(i + 1, self.n):
            end = self.src[j].find("-->")
            if end >= 0:
                self.as_is(i + 1, j)
                self.forced[j] = (self.src[j][end + 3:], True)
                return j
        return self.as_is(i + 1, self.n, True)

    def unclosed_comment(self, s):
        pos = 0
        while True:
            m = INLINE.search(s, pos)
            if not m:
                return -1
            pos = m.end()
            if m[0][0] == "`":
                end = self.span_end(s, pos, len(m[0]))
                pos = end if end >= 0 else pos
            elif m[0] == "<!--":
                end = s.find("-->", pos - 2)
                if end < 0:
                    return pos
                pos = end + 3

    def raw(self, i, tag, at):
        self.end_paragraph()
        close = re.compile("</" + tag + r"[ \t\r]*>", re.I | re.A)
        if close.search(self.src[i], at):
            self.dead(i, i + 1)
            return i + 1
        soft = False
        for j in range(i + 1, self.n):
            if close.search(self.src[j]):
                soft = False
                for k in range(i, j + 1):
                    if soft:
                        self.as_is(k, k + 1)
                    else:
                        self.dead(k, k + 1)
                    soft = soft or (k > i and bool(RAW_CLOSE.search(self.src[k])))  # CommonMark would end here
                return j + 1
        self.dead(i, i + 1)
        return self.as_is(i + 1, self.n, True)

    def inline(self, i, line, start, life, as_is=False):
        """The rest of the line at index i, from `start` on: takes out what is dead and follows what it opens."""
        if (self.details or DETAILS.match(line, start)) and life == LIVE:
            life = DIM
        if "`" not in line and "<" not in line and "~" not in line:
            self.plain(i, line, life, False, as_is)
            return i + 1
        text, pos, cut = [], 0, False
        raw = None              # the element that opens inside the line
        strike_from = None
        strike_first = strike_end = False
        self.noted = 0
        comment = -1
        while True:
            m = INLINE.search(line, pos)
            if not m:
                text.append(line[pos:])
                break
            tok, here = m[0], m.start()
            text.append(line[pos:here])
            pos = m.end()
            if tok[0] == "\\":
                self.note(i, line, start, here + 1, pos, False)
                text.append(tok)
            elif tok[0] == "`":
                end = self.span_end(line, pos, len(tok))
                self.note(i, line, start, here, max(end, pos), False)
                if end < 0:
                    text.append(tok)
                else:
                    text.append(line[here:end])
                    pos = end
            elif tok == "<!--":
                end = line.find("-->", pos - 2)
                if end >= 0:
                    self.note(i, line, start, pos - 2, end + 3, True)
                    if (here <= start or not line[:here].strip(BLANK)) and line[end + 3:].strip(BLANK) and life == LIVE:
                        life = DIM
                    text.append(" ")
                    cut = True
                    pos = end + 3
                    continue
                comment = pos
                break
            elif tok[0] == "~":
                before = here > 0 and line[here - 1] not in BLANK
                if len(tok) == 2 and strike_from is not None and before:
                    del text[strike_from:]
                    text.append(" ")
                    cut, strike_from = True, None
                    continue
                if len(tok) == 2 and strike_from is None and pos < len(line) and line[pos] not in BLANK:
                    strike_from, strike_first = len(text), here <= start
                elif len(tok) == 2 and strike_from is None and before:
                    strike_end = True
                text.append(tok)
            elif tok[:2] == "</":
                slashes = here - len(line[:here].rstrip("\\"))
                if slashes % 2 == 0:
                    self.details = max(0, self.details - 1)
                text.append(tok)
            elif tok[1] in "dD":
                self.details += 1
                text.append(tok)
            elif raw:
                text.append(tok)
            else:
                close = re.compile("</" + tok[1:] + r"[ \t\r]*>", re.I | re.A).search(line, pos)
                text.append(tok)
                if close:
                    self.note(i, line, start, here, close.end(), False)
                    text.append(line[pos:close.end()])
                    pos = close.end()
                else:
                    raw = raw or tok[1:]
        text = "".join(text)
        self.struck(i, strike_from is not None, strike_first, strike_end)
        if comment >= 0:
            return self.comment(i, text, line[comment:], life, as_is)
        life = self.spanned.pop(i, life) if life == LIVE else life
        self.plain(i, text, life, cut, as_is)
        if raw and (not self.tags or i >= self.tags[-1][1] - (not self.tags[-1][2])):
            close = re.compile("</" + raw + r"[ \t\r]*>", re.I | re.A)
            for j in range(i + 1, self.n):
                if close.search(self.src[j]):
                    self.tags.append((i + 1, j + 1, False))
                    return i + 1
            self.tags.append((i + 1, self.n, True))
        return i + 1

    spanned = None

    def plain(self, i, text, life, cut, as_is):
        if as_is:
            self.as_is(i, i + 1)
        elif life == DEAD:
            self.dead(i, i + 1)
        else:
            self.emit(i, text, life, cut)

    def struck(self, i, strike, strike_first, strike_end):
        """Struck text that ends on a later line of the paragraph: its lines are dim."""
        self.spanned = {}
        if (strike or strike_end) and self.strike:
            self.inside(self.strike_line + (not self.strike_first), i - 1)
            self.strike = False
            self.spanned[i] = DIM
        elif strike:
            self.strike, self.strike_line, self.strike_first = True, i, strike_first

    def comment(self, i, text, tail, life, as_is):
        self.para = self.quote = False
        life = self.spanned.pop(i, life) if life == LIVE else life
        for j in range(i + 1, self.n):
            end = self.src[j].find("-->")
            if end >= 0:
                self.plain(i, text + " ", life, True, as_is)
                self.dead(i + 1, j)
                if j > i + 1:
                    self.end_paragraph()
                self.forced[j] = (self.src[j][end + 3:], False)
                return j
        self.plain(i, text + " ", life, True, as_is)
        if tail.strip(BLANK) and life != DEAD and not as_is:
            heading = None
            self.emit(i, text + " " + tail, DIM, True)
        return self.as_is(i + 1, self.n, True)

    @staticmethod
    def span_end(line, pos, n):
        if n >= 64:
            return -1
        while True:
            at = line.find("`", pos)
            if at < 0:
                return -1
            end = at
            while end < len(line) and line[end] == "`":
                end += 1
            if end - at == n:
                return end
            pos = end


def read_file(data):
    """The lines of a file, or None when it is refused."""
    if len(data) > MAX_BYTES or data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        return None
    if data[:3] == b"\xef\xbb\xbf":
        data = data[3:]
    raw = data.split(b"\n")
    last = raw.pop() if raw and not raw[-1] else None
    long = set()
    lines = []
    for i, r in enumerate(raw):
        if r[-1:] == b"\r" and (last is not None or i + 1 < len(raw)):
            r = r[:-1]
        if len(r) > MAX_LINE:
            long.add(i)
            r = r[:MAX_LINE]
        lines.append(r.decode("utf-8", "surrogateescape"))
    return Scanner(lines, long).run()


class Sections:
    """Example sections: dead before the first live verdict, dim after it."""

    def __init__(self):
        self.level = 0
        self.exact = False
        self.seen = False
        self.doubt = 0      # behind that line a heading of several lines may have ended the section

    def life_of(self, line):
        if self.doubt and line.number > self.doubt:
            self.exact, self.doubt = False, 0
        if line.final:
            return line.life
        title = ends_soft = False
        if line.last:
            if self.level and line.heading <= self.level and not line.nested:
                self.doubt = line.last
        elif line.heading and not line.nested and not line.as_is and line.life != DEAD:
            if self.level and line.heading <= self.level:
                self.level = 0
                ends_soft = line.underlined and not self.exact
            near = line.title.lstrip("*_").rstrip("*_:")
            if not self.level and near.lower() in EXAMPLES_ANY:
                self.level = line.heading
                self.exact = line.title in EXAMPLES
                title = True
        if not self.level or title or line.life == DEAD:
            return min(line.life, DIM) if ends_soft else line.life
        return DEAD if self.exact and not self.seen else DIM


# --- the marker (section 3) ---

BODY = re.compile(r"(?:not|no|none|n/a|pending|tbd|todo|to be|when|once|after|until|will|written only|written here only|"
                  r"only when|waiting|awaiting|blocked|in progress|wip|placeholder|reserved|builder writes|write|add)"
                  r"(?![A-Za-z0-9])|<[A-Za-z]|\.\.\.|\u2026|\[ ?\]", re.I | re.A)
FOLD = re.compile(r"</?(?:details|summary)(?![A-Za-z0-9])", re.I | re.A)
CONTRA = re.compile(r"[^A-Za-z0-9]*(?:not(?![A-Za-z0-9]).*(?<![A-Za-z0-9_])done(?![A-Za-z0-9])|undone(?![A-Za-z0-9])|"
                    r"re-?opened(?![A-Za-z0-9])|done[^A-Za-z0-9]+(?:retracted|withdrawn|revoked)(?![A-Za-z0-9]))", re.I | re.A)
CHEERS = ("\u2705", "\u2714", "\u2713", "\U0001f389")


def is_marker(s):
    m = re.match(r" {0,3}##[ \t]+(?:\*\*|__)?DONE(?:\*\*|__)?[.!]?", s)
    if not m:
        return False

    def blanks(at):
        while at < len(s) and s[at] in BLANK:
            at += 1
        return at

    at = blanks(m.end())
    if s[at:at + 1] and s[at] in ":@(-\u2013\u2014":
        at += 1
    at = blanks(at)
    if DATE.match(s, at):
        at, when = parse_time(s, at)
        if when is None:
            return False
    at = blanks(at)
    if s[at:at + 1] == ")":
        at += 1
    if s[at:at + 1] and s[at] in ".!":
        at += 1
    at = blanks(at)
    more = True
    while more:
        more = False
        for c in CHEERS:
            if s.startswith(c, at):
                at += len(c)
                at += s.startswith("\ufe0f", at)    # the sign that asks for colour
                more = True
                break
    hashes = re.match(" *#+", s[at:])
    if hashes and (hashes[0][0] == " " or s[at - 1] == " "):
        at += hashes.end()
    return blanks(at) == len(s)


def bad_body(s):
    s = unlisted(s.strip(BLANK))
    if box_at(s)[1]:
        return True
    s = re.sub("[ \t\r]+", " ", s.lstrip("*_`(\"'"))
    return bool(BODY.match(s) or box_at(s)[1] or re.fullmatch(r"\[[^\]]*\][*_.!)]*", s))


def read_marker(lines):
    """("STANDS" | "NO" | "CONTRADICTED", line or 0)"""
    sections = Sections()
    seen = []
    for l in lines:
        life = sections.life_of(l)
        # No verdict is read here, so a section of examples stays one.
        seen.append((l, DEAD if sections.level and sections.exact and life == DIM and l.life == LIVE else life))
    stands = contra = 0
    for k, (l, life) in enumerate(seen):
        if life == DEAD:
            continue
        title = l.text if l.joined is None else l.joined
        if l.heading == 2 and not contra and CONTRA.match(title[Lead(title).at:]):
            contra = l.number
        if stands or life != LIVE or l.heading != 2 or l.nested or l.underlined or not is_marker(l.raw):
            continue
        bad = False
        for m, alive in seen[k + 1:]:
            body = m.text.strip(BLANK)
            if alive == DEAD or (m.heading and not m.underlined) or RULE.match(body) or SETEXT.match(body):
                continue
            body = unlisted(body)
            if not body or (alive == DIM and FOLD.match(body)):
                continue
            bad = bad_body(body)
            if bad or (alive == LIVE and not m.underlined):
                break
        if not bad:
            stands = l.number
    if contra:
        return "CONTRADICTED", contra
    return ("STANDS", stands) if stands else ("NO", 0)


# --- verdicts (section 4) ---

PASS_WORDS = {"PASS", "PASSED"}
FAIL_WORDS = set("FAIL FAILED FAILURE REJECT REJECTED REOPENED REVOKED WITHDRAWN REGRESSED BROKEN BLOCKED VETO VETOED".split())
PENDING_WORDS = {"PENDING", "CLAIMED", "UNVERIFIED", "PARTIAL", "TODO", "TBD", "SKIP", "SKIPPED", "UNTESTED", "STALE", "N/A",
                 "INCONCLUSIVE", "CONDITIONAL", "PROVISIONAL", "UNKNOWN", "WIP"}
HEDGES = set("provisional provisionally partial partially pending conditional conditionally tentative tentatively except unless "
             "mostly interim expected should would todo tbd once until draft unverified assumed presumably awaiting waived "
             "if".split())
NEGATIONS = set("not no never without cannot can't isn't wasn't non nor neither".split())
TAKEN = ("fail", "broke", "withdr", "retract", "revok", "reopen", "regress", "reject")
TAKEN_WORDS = {"anymore", "never", "cannot", "doesn't", "don't", "isn't", "wasn't", "hasn't", "can't"}
TAKEN_PASS = ("withdr", "retract", "revok", "reopen", "regress", "invalid")
TAKEN_PASS_WORDS = {"void", "anymore"}
AUXILIARIES = {"does", "do", "is", "was", "has", "can"}
CROSSES = "\u274c\u2717\u2718"
SIGNS = "\u2014\u2013\u2192\u2026\u2705\u2714\u2713\u2611\U0001f389"     # what may touch a PASS
PIECE = re.compile(r"[ \t\r]+|N/A(?![A-Za-z0-9])|[A-Za-z0-9_](?:[A-Za-z0-9_]|['\u2019](?=[A-Za-z0-9]))*|->|.", re.S | re.A)
WORD_START = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
SEPARATORS = {":", ";", "=", "|", "(", "\u2014", "\u2013", "\u2192", "->"}
LIKE_TIME = re.compile(r"[0-9]{1,2}:[0-9]|[0-9]{4}-[0-9]")
TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
ENDS = re.compile(r"([A-Za-z]*)([0-9]+)$")
SHA = re.compile(r"[ \t\r*_`()\[\],;|]*sha=[*_`]*", re.I)
HEX = re.compile(r"[0-9A-Fa-f]{7,40}(?![0-9A-Za-z]|[^\x00-\x7f])")
ORNAMENTS = "\u274c\u2717\u2718\u2705\u2714\u2713\u2611\u26a0\u26d4\u2716\U0001f6d1\U0001f534\U0001f7e2\U0001f7e1\U0001f6ab\U0001f6a8\ufe0f"


class Lead:
    """What stands before the first word of a line."""

    def __init__(self, s):
        self.box = self.doubtful = self.row = self.cross = self.tick = self.bracket = False
        at, order, n = 0, 0, len(s)
        while at < n:
            c = s[at]
            if c in BLANK:
                at += 1
                continue
            if c in "-*+0123456789":
                m = LIST_MARK.match(s, at)
                if m:
                    self.doubtful |= order > 0
                    order = 1
                    at = m.end()
                    continue
            if c == "[":
                m = BOX.match(s, at)
                if m:
                    self.box |= m[1] not in ("x", "X")
                    self.doubtful |= order > 1
                    order = 2
                    at = m.end()
                    continue
            if c == "#":
                m = HEADING.match(s, at)
                if m:
                    self.doubtful |= order > 2
                    order = 3
                    at = m.end()
                else:
                    self.doubtful = True
                    at += 1
            elif c in ORNAMENTS:
                self.cross |= c in CROSSES
                self.doubtful = True
                at += 1
            elif c == "~" and s[at + 1:at + 2] == "~":
                self.doubtful = True
                at += 2
            elif c == "|" and not self.row:
                self.row = True
                at += 1
            elif c in "*_`[":
                self.tick, self.bracket = c == "`", c == "["
                at += 1
            else:
                break
        self.at = at


class Found:
    """What the deciding part of a line, or a cell, says."""

    def __init__(self):
        self.failed = self.pending = self.passed = self.near = self.taken = self.open = self.verdict = False
        self.undated = False    # something that was meant as a time stands between the PASS and its time


def look(f, s, cell=False, second=False, dated=False):
    """Reads a part into f. cell: only what begins it, or follows a separator in it, is a verdict. dated: a time ends it."""
    gap = "start"
    worded = negated = negating = late = after_word = False
    last, at, n = "", 0, len(s)
    whole = s.strip(" \t\r*_`") if cell else ""
    while at < n:
        c = s[at]
        if c in BLANK:
            at += 1
            after_word = False
            continue
        piece = PIECE.match(s, at)[0]
        start, at = at, at + len(piece)
        if f.passed and (c == "@" or (not after_word and c in "0123456789" and LIKE_TIME.match(s, start))):
            if not dated:
                late = True
            elif c != "@" or (s[at:].strip(" \t\r*_`([~") and not after_word):
                f.undated = True
        after_word = c in WORD_START
        if not after_word:
            before = not start or s[start - 1] in BLANK
            sep = (piece in SEPARATORS and not (cell and c == "|" and s[start - 1:start] == "\\")) or (c == "-" and before and s[at:at + 1] and s[at] in BLANK) or (
                c == "." and s[at:at + 1] and s[at] in BLANK)
            if sep:
                gap = "text" if f.passed else "separator"
                negated = False
            elif c in "*`":
                pass
            elif c in CROSSES and not late:
                if not cell or gap != "text":
                    f.failed = f.verdict = True
            else:
                box, is_open = box_at(s[start:start + 24]) if c == "[" else (0, False)
                if box and not f.passed:
                    f.open |= is_open
                    at = start + box
                elif c == "?" and f.passed and not late:
                    f.pending = True
                gap = "text"
            continue
        exact = piece.strip("_")
        if not exact:
            continue
        low = exact.lower().replace("\u2019", "'")
        leads = not worded and (not cell or second or whole == exact)
        counts = not cell or gap != "text" or f.passed or f.verdict
        if (exact in FAIL_WORDS and counts) or (leads and exact.upper() in FAIL_WORDS):
            f.failed = f.verdict = True
        elif late:
            pass                # behind what was meant as a time only a plain FAIL is heard
        elif exact in PENDING_WORDS and counts:
            f.pending = f.verdict = True
        elif f.passed:
            if exact in PASS_WORDS and (negated or negating):
                f.pending = True
            negating = low in NEGATIONS
            negated |= negating
            if low in HEDGES or (last, low) in (("not", "yet"), ("no", "longer"), ("any", "more")):
                f.pending = True
            if low.startswith(TAKEN_PASS) or low in TAKEN_PASS_WORDS:
                f.pending = True
        elif exact in PASS_WORDS:
            f.verdict = True
            # The word's place without the underscores around it.
            a = start + len(piece) - len(piece.lstrip("_"))
            z = a + len(exact)
            if negated or negating or f.open:
                f.pending = True
            elif not alone(s, a, z, dated) or gap == "text" or (cell and gap != "start"):
                f.near = True
            else:
                f.passed = True
            negated = negating = False
        else:
            negating = low in NEGATIONS
            negated |= negating
            f.taken |= low.startswith(TAKEN) or low in TAKEN_WORDS or (last, low) in (("no", "longer"), ("any", "more")) or (
                low == "not" and last in AUXILIARIES)
        last, worded, gap = low, True, "text"
    return f


def alone(s, a, z, dated):
    """Whether a PASS at s[a:z] touches nothing that makes it another word."""
    if a and s[a - 1] > "\x7f" and s[a - 1] not in SIGNS:
        return False
    if a > 1 and s[a - 1] == "-" and s[a - 2].isalnum() and s[a - 2] < "\x80":
        return False
    after = s[z:z + 2]
    if dated and s[z:] and not s[z:].strip("_"):
        return False            # PASS_2026-05-28
    if after and after[0] > "\x7f" and after[0] not in SIGNS:
        return False
    return not (len(after) == 2 and after[0] in "-/.+" and after[1] in WORD_START and after[1] != "_")


def find_time(s):
    """(start, end, seconds) of the first time that can be read, or None."""
    for m in TIME_START.finditer(s):
        end, when = parse_time(s, m.start())
        if when is not None:
            return m.start(), end, when
    return None


def brackets_after(s, at):
    """The brackets right after a time."""
    begin = end = at
    n = len(s)
    while True:
        while at < n and s[at] in " \t\r*_`":
            at += 1
        if s.startswith("sha=", at):
            while at < n and s[at] not in BLANK and s[at] != "(":
                at += 1
            continue
        if at >= n or s[at] not in "([{":
            return s[begin:end]
        depth = 0
        while True:
            depth += (s[at] in "([{") - (s[at] in ")]}")
            at += 1
            if depth <= 0 or at >= n:
                break
        end = at


def doubted(s, at):
    f = Found()
    f.passed = True
    b = brackets_after(s, at)
    return bool(b) and look(f, b, dated=True).pending


def good_sha(s):
    m = SHA.match(s)
    return not m or bool(HEX.match(s, m.end()))


def good_sha_in(s):
    m = re.search(r"(?<![A-Za-z0-9])sha=", s, re.I)
    return not m or good_sha(s[m.start():])


class Reader:
    def __init__(self, criteria):
        self.criteria = list(criteria)
        self.known = set(criteria)
        self.any_case = {c.lower() for c in criteria}
        self.numbers = {}
        for c in criteria:
            m = ENDS.match(c)
            if m:
                self.numbers.setdefault(m[1], []).append((int(m[2]), c))
        self.letters = {x.lower() for x in self.numbers}

    def like_id(self, t):
        if not t or len(t) >= 40 or t[0] in "0123456789":
            return False
        if t == t.upper() and any(c in "0123456789" for c in t):
            return True
        m = ENDS.match(t)
        return t.lower() in self.any_case or bool(m and m[1].lower() in self.letters)

    def between(self, a, b):
        x, y = ENDS.match(a), ENDS.match(b)
        if x and y and y[1] in ("", x[1]):
            lo, hi = sorted((int(x[2]), int(y[2])))
            return [c for n, c in self.numbers.get(x[1], ()) if lo <= n <= hi]
        if a in self.known and b in self.known:
            i, j = sorted((self.criteria.index(a), self.criteria.index(b)))
            return self.criteria[i:j + 1]
        return []

    def subject(self, s, at):
        """(shape, ids, end): shape is "" for none, one, part, many or unknown."""
        m = TOKEN.match(s, at)
        if not m:
            return "", [], at
        word = m[0]
        if len(word) > 64:
            word = TOKEN.match(word[:64])[0]
        first, stem = word, ""
        if word not in self.known:
            for k in range(len(word) - 1, 0, -1):
                if word[k] in "-._" and word[:k] in self.known:
                    stem = word[:k]
                    break
            first = stem or word.partition("-")[0]
            if not self.like_id(first):
                return "", [], at
        if stem and word[len(stem)] == ".":
            return "part", [stem], at + len(word)
        ids = [first] if first in self.known else []
        shape = "one" if word in self.known else "unknown"
        end, last = at + len(first), first
        while True:
            j = JOIN.match(s, end)
            if not j:
                break
            t = TOKEN.match(s, j.end())
            if not t:
                break
            w = t[0]
            if w not in self.known:
                w = w.partition("-")[0]
            span = bool(j["range"])
            e, x = ENDS.match(w), ENDS.match(first)
            if w not in self.known:
                if not e:
                    break
                if e[1]:
                    if not x or x[1] != e[1]:
                        break
                else:
                    after = s[t.start() + len(w):]
                    tight = end + len(j[0].strip(" \t\r")) == j.end() and j[0][0] not in BLANK
                    if not span or not (tight or NUMBER_ENDS.match(after)):
                        break
            shape = "many"
            more = [last, w] + self.between(last, w) if span else [w]
            ids += [c for c in more if c in self.known and c not in ids]
            last = w
            end = t.start() + len(w)
        if shape == "many" and not ids:
            shape = "unknown"
        if shape not in ("one", "many") and end <= at + len(word):
            end = at + len(word)
        return shape, ids, end

    def read(self, text, live):
        """The verdicts of a line: [(id, "PASS"|"FAIL"|"PENDING", seconds or None)]. worded: it has a verdict word about an
        id, count or not."""
        self.worded = False
        if not text:
            return []
        lead = Lead(text)
        shape, ids, at = self.subject(text, lead.at)
        if not shape:
            return []
        strict = live and shape == "one" and not lead.doubtful
        n = len(text)
        if lead.tick and text[at:at + 1] != "`":
            strict = False
        while at < n and text[at] in "*_`":
            at += 1
        if lead.bracket:
            if text[at:at + 1] == "]":
                at += 1
                close = text.find(")", at) if text[at:at + 1] == "(" else -1
                strict = strict and close >= 0
                at = close + 1 if close >= 0 else at
                while at < n and text[at] in "*_`":
                    at += 1
            else:
                strict = False
        rest = text[at:]
        if rest and not (rest[0] in BLANK or rest[0] in SEPARATORS or rest.startswith("->") or
                         (rest[0] == "." and rest[1:2] and rest[1] in BLANK)):
            strict = False
        f = Found()
        f.open, f.failed, f.verdict = lead.box, lead.cross, lead.cross
        if lead.row or rest.lstrip(BLANK).startswith("|"):
            times, sha = self.row(f, rest)
        else:
            times, sha = self.plain(f, rest)
        self.worded = f.verdict or f.failed or f.pending or f.passed or f.taken
        if shape == "unknown":
            return []
        if f.failed:
            word, when = "FAIL", max(times) if times else None
        elif f.pending or (f.passed and f.open) or (f.taken and not f.passed):
            word, when = "PENDING", max(times) if times else None
        elif f.passed and strict:
            word, when = "PASS", min(times) if times and sha and not f.undated else None
        else:
            return []
        return [(i, word, when) for i in ids]

    @staticmethod
    def plain(f, rest):
        t = find_time(rest)
        part = rest[:t[0]] if t else rest
        look(f, part, dated=bool(t))
        sha = good_sha_in(part)
        if not t:
            return [], sha
        after = rest[t[1]:]
        if f.passed and doubted(rest, t[1]):
            f.pending = True
        if not f.verdict and look(Found(), after, cell=True, dated=True).failed:
            f.failed = True
        return [t[2]], sha and good_sha(after)

    @staticmethod
    def row(f, rest):
        cells = [c.strip(BLANK) for c in re.split(r"(?<!\\)\|", rest)]
        times, sha, hedged = [], True, False
        for k, c in enumerate(cells):
            t = find_time(c)
            hedged |= only_hedges(c)
            if t and t[0] <= len(c) - len(c.lstrip("*_`@ \t\r")):
                times.append(t[2])
                f.pending |= doubted(c, t[1])
                sha = good_sha(c[t[1]:]) and sha
                continue
            box, is_open = box_at(c)
            f.open |= is_open and box == len(c)
            here = look(Found(), c[:t[0]] if t else c, cell=True, second=k == 1, dated=bool(t))
            if here.verdict and t:
                times.append(t[2])
                here.pending |= here.passed and doubted(c, t[1])
            for name in ("failed", "pending", "passed", "open", "taken", "undated"):
                setattr(f, name, getattr(f, name) or getattr(here, name))
            if here.passed:
                sha = good_sha(c[t[1]:] if t else c) and sha
            else:
                sha = good_sha_in(c) and sha
        if f.passed and hedged:
            f.pending = True
        return times, sha


def only_hedges(c):
    words = re.findall(r"[A-Za-z0-9_'\u2019]+", c)
    return bool(words) and all(w.lower() in HEDGES for w in words) and not any(x > "\x7f" for x in c)


JOIN = re.compile(r"[*`_]*(?:(?P<range>[ \t\r]+(?:to|through|thru|until)[ \t\r]+|[ \t\r]*(?:[-\u2013\u2014~]|\.\.|\u2026)[-.]*[ \t\r]*)|"
                  r"[ \t\r]+(?:and|or)[ \t\r]+|[ \t\r]*[,&/+](?:[ \t\r]+(?:and|or)[ \t\r]+|[ \t\r]*))[*`_]*", re.I | re.A)
NUMBER_ENDS = re.compile(r"[*`_]*(?:[ \t\r]*(?:$|[:;=|(\u2014\u2013\u2192,]|->|\.[ \t\r])|[ \t\r]+-[ \t\r])")


# --- vetoes (section 6) ---

LIFTS = {"LIFTED", "CLEARED", "WITHDRAWN", "RESOLVED", "RETRACTED"}
OPEN_VETO = re.compile(r"(?:open|standing|active|current)(?![A-Za-z0-9_])[ \t\r*_`:;=|()\[\].,!>\"'\u2014\u2013\u2192-]*veto(?:\(e\)s|es|s)?"
                       r"(?![A-Za-z0-9])", re.I | re.A)
NONE_WORDS = {"none", "no", "nil", "n/a", "nothing", "empty"}
NONE_MORE = set("yet so far open standing active current currently now veto vetos vetoes at present moment this the time right "
                "here".split())
NONE_SIGNS = " \t\r*_`:;=|()[].-,!>\"'\u2014\u2013\u2192"
NONE_PIECE = re.compile(r"n/a(?![A-Za-z0-9])|[A-Za-z0-9_](?:[A-Za-z0-9_]|['\u2019](?=[A-Za-z0-9]))*", re.I | re.A)
SEPARATOR = re.compile(r"[ \t\r*`_]*(?:[:;=|(\u2014\u2013\u2192]|->|(?<=[ \t\r])-(?=[ \t\r])|\.(?=[ \t\r]))?[ \t\r*`_]*")


def is_none(s):
    """Whether a text is a word for nothing, or a dash."""
    at, first = 0, True
    while at < len(s):
        if s[at] in NONE_SIGNS:
            at += 1
            continue
        m = NONE_PIECE.match(s, at)
        if not m or m[0].rstrip("_").lower() not in (NONE_WORDS if first else NONE_MORE):
            return False
        at, first = m.end(), False
    return not first or any(c in s for c in "-\u2014\u2013")


class Vetoes:
    def __init__(self):
        self.standing = 0
        self.refused = False    # a lifting that does not count, with no VETO above it
        self.last = 0
        self.waits = None       # [needs text, level, live] of a VETO whose body is to come
        self.held = None        # [level, live] of one whose body said none: an item of a list may fill it yet
        self.seen = False

    def body(self, line, life):
        """What stands under a VETO without a reason: a word for nothing takes it away."""
        if not self.waits or (line and (life == DEAD or not line.text.strip(BLANK) or RULE.match(line.text.strip(BLANK)))):
            return
        needs, level, live = self.waits
        self.waits = None
        ended = not line or self.ends(line, level)
        if ended and not needs:
            none = False
        elif ended:
            none = True
        else:
            none = is_none(line.text[Lead(line.text).at:]) or is_none(line.text)
        if none:
            self.standing -= 1
            self.last = 0
            self.held = None if ended else [level, live]
        elif live:
            self.seen = True

    @staticmethod
    def ends(line, level):
        return line.heading and not line.nested and not line.loose and (line.heading <= level or not level)

    def item(self, line, said):
        """A line below the one that said none; said: it is a verdict or about a VETO, which ends the list."""
        if not self.held:
            return
        level, live = self.held
        s = line.text.strip(BLANK)
        m = LIST_MARK.match(s)
        if said or self.ends(line, level):
            self.held = None
        elif m and s[m.end():].strip(BLANK) and not RULE.match(s) and not (
                is_none(line.text[Lead(line.text).at:]) or is_none(line.text)):
            self.standing += 1
            self.held = None
            self.seen |= live

    def read(self, line, life):
        """Whether the line is about a VETO."""
        s = line.text
        if not s or ("e" not in s and "E" not in s):
            return False
        lead = Lead(s)
        if lead.row:
            return False
        t = s[lead.at:]
        live = life == LIVE
        if line.heading:
            o = OPEN_VETO.match(t)
            if o:
                tail = t[o.end():].lstrip(NONE_SIGNS)
                if tail and tail[0] != "#":
                    if not is_none(tail):
                        return self.stand(line, live)
                    # a word for nothing: it is no veto, and its line may still be read otherwise
                else:
                    self.wait(line, True, live)
                    return True
        word = t[:4]
        if (word.upper() if line.heading else word) != "VETO" or (t[4:5] and t[4] in WORD_START and t[4] != "_"):
            return False
        rest = t[4:]
        k = SEPARATOR.match(rest).end()
        next_word = NONE_PIECE.match(rest, k)
        if next_word and next_word[0].rstrip("_") in LIFTS:
            after = rest[next_word.end():]
            f = Found()
            f.passed = True
            found = find_time(after)
            between = after[:found[0]] if found else after
            look(f, between, dated=True)
            a, z = next_word.start(), next_word.start() + len(next_word[0].rstrip("_"))
            said = next((x for x in NONE_PIECE.findall(between) if x.strip("_")), "")
            if not alone(rest[:next_word.end()] + between, a, z, bool(found)) or (
                    said.strip("_").lower().replace("\u2019", "'") in NEGATIONS):
                f.pending = True
            b = doubted(after, found[1] if found else len(after))
            if live and word == "VETO" and not (lead.box or lead.doubtful or lead.bracket or f.failed or f.pending or b):
                self.standing, self.refused, self.seen, self.last = 0, False, True, 0
            else:
                self.refused = True
            return True
        tail = rest.strip(BLANK)
        said = tail.lstrip(NONE_SIGNS)
        if not said or said[0] == "#":
            if tail and is_none(tail):
                return False
            self.wait(line, False, live)
            return True
        if is_none(tail):
            return False
        return self.stand(line, live)

    def wait(self, line, needs, live):
        if self.last != line.number:
            self.waits = [needs, line.heading, live]
        self.stand(line, False)

    def stand(self, line, live):
        if self.last != line.number:        # a line with an unclosed comment comes twice
            self.standing += 1
        self.last = line.number
        self.seen |= live
        return True

    def count(self):
        return self.standing or int(self.refused)


# --- the decision (sections 4.8, 5 and 8) ---


def state_of(entries, now, window, skew):
    """The state of one criterion from its entries [(word, seconds or None)] in the order of the file."""
    last, newest, against = -1, None, None
    for k, (w, t) in enumerate(entries):
        if w == "PASS":
            continue
        last = k
        e = None if t is None else min(t, now)
        # The last one says what is wrong, unless it is a PENDING that is not later by both than a FAIL.
        if w == "FAIL" or against is None or against[0] == "PENDING" or e is None or against[1] is None or e > against[1]:
            against = (w, e)
        if e is not None and (newest is None or e > newest):
            newest = e
    best, undated = None, False
    for k, (w, t) in enumerate(entries):
        if w != "PASS":
            continue
        if t is None:
            undated = True
            continue
        e = min(t, now)
        if k < last or (newest is not None and e <= newest):
            continue
        s = "FUTURE" if t > now + skew else "STALE" if now - e > window else "PASS"
        if best != "PASS":
            best = s
    return best or (against and against[0]) or ("UNDATED" if undated else "MISSING")


def judge(status, review, criteria, now, window=86400, skew=120, reader=None):
    reader = reader or Reader(criteria)
    s_lines, r_lines = read_file(status), read_file(review)
    marker, at = read_marker(s_lines) if s_lines is not None else ("REFUSED", 0)
    standing = 0
    if r_lines is None:
        states = {c: "REFUSED" for c in criteria}
    else:
        entries = {c: [] for c in criteria}
        sections, vetoes, last = Sections(), Vetoes(), None
        for l in r_lines:
            sections.seen = sections.seen or vetoes.seen
            life = sections.life_of(l)
            if vetoes.waits:
                vetoes.body(l, life)
                if vetoes.seen and not sections.seen:
                    sections.seen = True
            if life == DEAD or not l.text:
                continue
            if vetoes.read(l, life):
                vetoes.item(l, True)
                continue
            found = reader.read(l.text, life == LIVE)
            if vetoes.held:
                vetoes.item(l, reader.worded)
            if found and life == LIVE:
                sections.seen = True
            for c, w, t in found:
                if last != (l.number, c, w):
                    entries[c].append((w, t))
                last = (l.number, c, w)
        vetoes.body(None, DEAD)
        standing = vetoes.count()
        states = {c: state_of(entries[c], now, window, skew) for c in criteria}
    proven = all(x == "PASS" for x in states.values())
    if s_lines is None or r_lines is None:
        state, verdict = "REFUSED", "UNKNOWN"
    elif standing:
        state, verdict = "VETOED", "NOT_DONE"
    elif marker == "STANDS":
        state, verdict = ("DONE", "DONE") if proven else ("CLAIMED-UNPROVEN", "NOT_DONE")
    else:
        state, verdict = ("READY-UNMARKED" if proven else "RUNNING"), "NOT_DONE"
    return {"verdict": verdict, "state": state, "marker": marker, "marker_line": at, "criteria": states,
            "vetoes": standing}

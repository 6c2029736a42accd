"""A second reader of the protocol, written from the specification alone and sharing no code with watchdog/.

judge() takes the bytes of STATUS and REVIEW and answers what a verification without git has to answer. PASS, DONE and
the lifting of a VETO are read strictly, FAIL and VETO loosely: wherever the text leaves a doubt, the reading that keeps
the loops running is taken. Only the standard library is used. compare.py sets the two readers side by side.
"""

import calendar
import re

LIVE, DIM, DEAD = 2, 1, 0
MAX_BYTES = 8 << 20
MAX_LINE = 64 << 10
BLANK = " \t\r"
ENDASH, EMDASH = "\u2013", "\u2014"

# --- times (section 5) ---

TIME_START = re.compile(r"(?<![0-9A-Za-z])[0-9]{4}-[0-9]{2}-[0-9]{2}")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
CLOCK = re.compile(r"[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?")
ZONE = re.compile(r" ?(?:UTC|GMT)|Z|([+-])([0-9]{2})(?::?([0-9]{2}))?", re.I | re.A)
CLOCKISH = re.compile(r"[Tt_][0-9]|[Tt](?![A-Za-z])|[ \t\r]+[0-9]{1,2}:[0-9]")
AFTER_TIME = re.compile(r"[0-9A-Za-z_]|[-+:/][0-9A-Za-z]|[.,][0-9]")


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
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
RAW_OPEN = re.compile(r"<(pre|script|style|textarea)(?=[ \t\r>]|$)", re.I | re.A)
INLINE = re.compile(r"`+|<!--|~+|<details(?=[ \t\r>/]|$)|</details(?=[ \t\r>]|$)|"
                    r"<(?:pre|script|style|textarea)(?=[ \t\r>]|$)", re.I | re.A)
RULE = re.compile(r"(?:\*[ \t]*){3,}$|(?:-[ \t]*){3,}$|(?:_[ \t]*){3,}$")
SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
EXAMPLES = {"Example", "Examples", "Template", "Format", "Legend", "Grammar", "Syntax", "Line format", "Verdict format",
            "How to read this file"}
EXAMPLES_ANY = {x.lower() for x in EXAMPLES}


class Line:
    __slots__ = ("number", "raw", "text", "life", "cut")

    def __init__(self, number, raw, text, life, cut):
        self.number = number  # from 1
        self.raw = raw
        self.text = text      # without comments and struck text
        self.life = life
        self.cut = cut        # something was taken out


def columns(s):
    col = n = 0
    for c in s:
        if c == " ":
            col += 1
        elif c == "\t":
            col += 4 - col % 4
        else:
            break
        n += 1
    return col, n


class Scanner:
    """Gives each line its life. Lookahead happens once for each opener, and an opener without an end ends the scan."""

    def __init__(self, lines, long):
        self.src = lines
        self.long = long
        self.n = len(lines)
        self.out = []
        self.items = []         # content columns of the open list items
        self.para = False       # the line before is a paragraph that this one could go on
        self.quote = False      # the line before is a quoted paragraph
        self.details = 0
        self.dim_until = -1     # a doubtful region: lines up to this index are dim
        self.forced = {}        # index -> text: what is left of a line after a comment that ended on it

    def emit(self, i, text, life, cut=False):
        if life == LIVE and (self.details or i <= self.dim_until or i in self.long):
            life = DIM
        self.out.append(Line(i + 1, self.src[i], text, life, cut))

    def dead(self, i, j):
        for k in range(i, j):
            self.out.append(Line(k + 1, self.src[k], "", DEAD, False))

    def rest_dim(self, i):
        for k in range(i, self.n):
            self.out.append(Line(k + 1, self.src[k], self.src[k], DIM, False))
        return self.n

    def run(self):
        i = self.front_matter()
        while i < self.n:
            i = self.step(i)
        return self.out

    def front_matter(self):
        src = self.src
        if not src or src[0].rstrip(BLANK) != "---":
            return 0
        for j in range(1, self.n):
            if src[j].rstrip(BLANK) in ("---", "..."):
                self.dead(0, j + 1)
                if src[j].rstrip(BLANK) == "...":
                    for k in range(j + 1, self.n):
                        if src[k].rstrip(BLANK) == "---":
                            self.dim_until = k
                            break
                return j + 1
        self.dead(0, 1)
        return self.rest_dim(1)

    def step(self, i):
        if i in self.forced:
            self.para = self.quote = False
            return self.inline(i, self.forced[i], DIM)
        line = self.src[i]
        body = line.strip(BLANK)
        if not body:
            self.para = self.quote = False
            self.emit(i, "", LIVE)
            return i + 1
        col, skip = columns(line)
        lazy = False
        at = skip
        while self.items and col < self.items[-1]:
            if self.para and not self.starts_block(line, col, skip):
                lazy = True
                break
            self.items.pop()
        base = 0 if lazy else (self.items[-1] if self.items else 0)
        had_list = bool(self.items)
        life = LIVE
        code = not lazy and col - base >= 4
        fence = FENCE.match(line.rstrip(BLANK), skip) if line[skip] in "`~" else None
        if fence and (col <= 3 or had_list):
            return self.fence(i, fence, col)
        if code and not (self.para or self.quote):
            return self.doubtful_code(i, line, DEAD)
        if code:
            life = DIM
        # list marks on this line, each opening an item
        while not code and line[at] in "-*+0123456789":
            m = LIST_MARK.match(line, at)
            if not m or RULE.match(line[at:].rstrip(BLANK)):
                break
            self.para = self.quote = False
            width = m.end() - at
            rest = line[m.end():]
            pad, n = columns(rest)
            if not rest.strip(BLANK):
                self.items.append(col + width + 1)
                self.emit(i, line, LIVE)
                return i + 1
            if pad > 4:
                self.items.append(col + width + 1)
                return self.doubtful_code(i, line, DEAD)
            col += width + pad
            self.items.append(col)
            at = m.end() + n
            if line[at] in "`~":
                fence = FENCE.match(line.rstrip(BLANK), at)
                if fence:
                    return self.fence(i, fence, col)
        if line[at] == ">" and not code:
            inner = line[at:].lstrip("> \t\r")
            self.quote = bool(inner) and not re.match(r"#{1,6}[ \t]|```|~~~|<", inner)
            self.para = False
            self.doubtful_comment(i, line)
            self.dead(i, i + 1)
            return i + 1
        heading = not code and HEADING.match(line[at:] if at != skip else line)
        if heading or line[at] == "<" or RULE.match(line[at:].rstrip(BLANK)):
            self.quote = False
        if self.quote and at == skip:
            life = DIM              # a lazy line of the quotation above
        if not code:
            raw = RAW_OPEN.match(line, at)
            if raw:
                return self.raw(i, raw[1].lower(), at)
        if body[0] == "`" and self.whole_span(body):
            self.para = True
            self.dead(i, i + 1)
            return i + 1
        if at != skip and line[at] == "`" and self.whole_span(line[at:].strip(BLANK)):
            life = DIM
        self.para = not heading and not RULE.match(body)
        return self.inline(i, line, life)

    def starts_block(self, line, col, skip):
        if col > 3:
            return False
        rest = line[skip:]
        return bool(re.match(r"#{1,6}(?:[ \t]|$)|```|~~~|>|<", rest) or LIST_MARK.match(rest) or RULE.match(rest.rstrip(BLANK)))

    @staticmethod
    def whole_span(body):
        run = re.match("`+", body)[0]
        if run == body:
            return False
        for m in re.finditer("`+", body[len(run):]):
            if m[0] == run:
                return m.end() + len(run) == len(body)
        return False

    def fence(self, i, m, col):
        mark = m[1] or m[3]
        closer = re.compile(re.escape(mark[0]) + "{%d,}[ \t\r]*$" % len(mark))
        self.para = self.quote = False
        for j in range(i + 1, self.n):
            c, n = columns(self.src[j])
            if c <= col + 3 and closer.match(self.src[j], n):
                self.dead(i, j + 1)
                return j + 1
        self.dead(i, i + 1)
        return self.rest_dim(i + 1)

    def doubtful_code(self, i, line, life):
        self.para = False
        self.doubtful_comment(i, line)
        self.emit(i, line if life else "", life)
        return i + 1

    def doubtful_comment(self, i, line):
        """An opener in a quotation or in indented code: whether it counts is a doubt, so what it would cover is dim."""
        at = line.rfind("<!--")
        if at < 0 or line.find("-->", at + 4) >= 0:
            return
        for j in range(i + 1, self.n):
            if "-->" in self.src[j]:
                self.dim_until = max(self.dim_until, j)
                return
        self.dim_until = self.n

    def raw(self, i, tag, at):
        self.para = self.quote = False
        close = re.compile("</" + tag + r"[ \t\r]*>", re.I | re.A)
        m = close.search(self.src[i], at)
        if m:
            if self.src[i][m.end():].strip(BLANK):
                return self.inline(i, self.src[i][m.end():], DIM)
            self.dead(i, i + 1)
            return i + 1
        for j in range(i + 1, self.n):
            m = close.search(self.src[j])
            if m:
                for k in range(i, j):
                    if re.search(r"</(?:pre|script|style|textarea)>", self.src[k], re.I | re.A):
                        self.emit(k, self.src[k], DIM)      # CommonMark would end here
                        for q in range(k + 1, j):
                            self.emit(q, self.src[q], DIM)
                        break
                    self.dead(k, k + 1)
                self.forced[j] = self.src[j][m.end():]
                return j
        self.dead(i, i + 1)
        return self.rest_dim(i + 1)

    def inline(self, i, line, life):
        if "`" not in line and "<" not in line and "~" not in line:
            self.emit(i, line, life)
            return i + 1
        text, pos, cut = [], 0, False
        while True:
            m = INLINE.search(line, pos)
            if not m:
                text.append(line[pos:])
                break
            tok = m[0]
            text.append(line[pos:m.start()])
            pos = m.end()
            if tok[0] == "`":
                end = self.span_end(line, pos, len(tok))
                if end < 0:
                    text.append(tok)
                else:
                    text.append(line[m.start():end])
                    pos = end
            elif tok == "<!--":
                end = line.find("-->", pos)
                early = line.startswith(">", pos) or line.startswith("->", pos)
                if end >= 0:
                    if not "".join(text).strip(BLANK) or early:
                        life = min(life, DIM)
                    text.append(" ")
                    cut = True
                    pos = end + 3
                    continue
                for j in range(i + 1, self.n):
                    end = self.src[j].find("-->")
                    if end >= 0:
                        self.emit(i, "".join(text), life, True)
                        if early:
                            for k in range(i + 1, j):
                                self.emit(k, self.src[k], DIM)
                        else:
                            self.dead(i + 1, j)
                        self.forced[j] = self.src[j][end + 3:]
                        return j
                if "".join(text).strip(BLANK):
                    self.emit(i, "".join(text), life, True)
                else:
                    self.emit(i, line[pos:], DIM, True)
                return self.rest_dim(i + 1)
            elif tok[0] == "~":
                if len(tok) != 2 or pos >= len(line) or line[pos] in BLANK:
                    text.append(tok)
                    continue
                end = line.find("~~", pos)
                if end >= 0:
                    text.append(" ")
                    cut = True
                    pos = end + 2
                    continue
                j = self.strike_end(i)
                if j < 0:
                    self.emit(i, "".join(text) + line[pos:], DIM, True)
                    return self.rest_dim(i + 1)
                self.emit(i, "".join(text), life, True)
                self.dead(i + 1, j)
                self.forced[j] = self.src[j][self.src[j].find("~~") + 2:]
                return j
            elif tok[:2] == "</":
                life = min(life, DIM)
                self.details = max(0, self.details - 1)
                text.append(" ")
                end = line.find(">", pos)
                pos = end + 1 if end >= 0 else pos
            elif tok[1] in "dD":
                life = min(life, DIM)
                self.details += 1
                end = line.find(">", pos)
                pos = end + 1 if end >= 0 else pos
            else:                       # <pre> inside a line: a doubt
                life = min(life, DIM)
                text.append(tok)
                close = re.compile("</" + tok[1:] + r"[ \t\r]*>", re.I | re.A)
                if not close.search(line, pos):
                    self.dim_until = max(self.dim_until, next(
                        (j for j in range(i + 1, self.n) if close.search(self.src[j])), self.n))
        if life == DEAD:
            self.dead(i, i + 1)
        else:
            self.emit(i, "".join(text), life, cut)
        return i + 1

    def strike_end(self, i):
        for j in range(i + 1, self.n):
            s = self.src[j]
            if not s.strip(BLANK):
                return -1
            c, n = columns(s)
            if self.starts_block(s, c, n):
                return -1
            if "~~" in s:
                return j
        return -1

    @staticmethod
    def span_end(line, pos, n):
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
    if raw and not raw[-1]:
        raw.pop()
    long = set()
    lines = []
    for i, r in enumerate(raw):
        if r[-1:] == b"\r":
            r = r[:-1]
        if len(r) > MAX_LINE:
            long.add(i)
            r = r[:MAX_LINE]
        lines.append(r.decode("utf-8", "surrogateescape"))
    return Scanner(lines, long).run()


def heading_of(line):
    """(level, text) of a heading, else None."""
    s = line.text
    m = HEADING.match(s)
    if not m:
        return None
    return len(m[1]), re.sub(r"(?:^|[ \t]+)#+[ \t\r]*$", "", s[m.end():]).strip(BLANK)


class Sections:
    """Example sections: dead before the first live verdict, dim after it."""

    def __init__(self):
        self.level = 0
        self.life = LIVE
        self.seen = False

    def life_of(self, line):
        if line.life == DEAD:
            return DEAD
        h = heading_of(line)
        if h:
            if self.level and h[0] <= self.level:
                self.level, self.life = 0, LIVE
            if not self.level and h[1].lower() in EXAMPLES_ANY:
                self.level = h[0]
                exact = h[1] in EXAMPLES and line.life == LIVE
                self.life = DEAD if exact and not self.seen else DIM
        elif self.level and SETEXT.match(line.text):
            self.life = DIM
        return min(line.life, self.life)


# --- the marker (section 3) ---

NEAR = re.compile(r"[ \t\r]*#*[ \t\r]*[*_`]*done\b", re.I | re.A)
BODY = re.compile(r"(?:not|no|none|n/a|pending|tbd|todo|to be|when|once|after|until|will|written only|written here only|"
                  r"only when|waiting|awaiting|blocked|in progress|wip|placeholder|reserved|builder writes|write|add)"
                  r"(?![A-Za-z0-9_])|<[A-Za-z]|\.\.\.|\u2026|\[ \]", re.I | re.A)
CONTRA = re.compile(r"not(?![A-Za-z0-9_]).*(?<![A-Za-z0-9_])done(?![A-Za-z0-9_])|undone(?![A-Za-z0-9_])|"
                    r"re-?opened(?![A-Za-z0-9_])|done[^A-Za-z0-9]+(?:retracted|withdrawn|revoked)(?![A-Za-z0-9_])", re.I | re.A)
CHEERS = ("\u2705", "\u2714\ufe0f", "\u2714", "\u2713", "\u2611\ufe0f", "\u2611", "\U0001f389")


def is_marker(s):
    m = re.match(r" {0,3}##[ \t]+(?:\*\*|__)?DONE(?:\*\*|__)?[.!]?", s)
    if not m:
        return False

    def blanks(at):
        while at < len(s) and s[at] in " \t":
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
                more = True
                break
    at = blanks(at)
    if s[at:at + 1] == "#" and s[at - 1] == " ":
        while s[at:at + 1] == "#":
            at += 1
        at = blanks(at)
    return at == len(s)


def bad_body(s):
    s = s.strip(BLANK)
    while True:
        m = LIST_MARK.match(s)
        if not m:
            break
        s = s[m.end():].lstrip(BLANK)
    s = s.lstrip("*_`( \t\r")
    s = re.sub("[ \t\r]+", " ", s)
    return bool(BODY.match(s) or re.fullmatch(r"\[[^\]]*\][*_` )]*", s))


def read_marker(lines):
    """("STANDS" | "NEAR" | "NONE" | "CONTRADICTED", line or 0)"""
    sections = Sections()
    seen = [(l, sections.life_of(l)) for l in lines]
    stands = near = contra = 0
    for k, (l, life) in enumerate(seen):
        if life == DEAD:
            continue
        h = heading_of(l)
        if h and h[0] == 2 and not contra and CONTRA.match(h[1].lstrip("*_` \t\r")):
            contra = l.number
        if life == LIVE and not l.cut and is_marker(l.raw):
            body = ""
            for m, alive in seen[k + 1:]:
                if alive == LIVE and m.text.strip(BLANK) and not heading_of(m):
                    body = m.text
                    break
            if not bad_body(body):
                stands = stands or l.number
                continue
        if "DONE" in l.raw.upper() and NEAR.match(l.raw):
            near = near or l.number
    if contra:
        return "CONTRADICTED", contra
    if stands:
        return "STANDS", stands
    return ("NEAR", near) if near else ("NONE", 0)


# --- verdicts (section 4) ---

W0, W1 = r"(?<![A-Za-z0-9_])", r"(?![A-Za-z0-9_])"
FAIL_WORDS = "FAILED|FAILURE|FAIL|REJECTED|REJECT|REOPENED|REVOKED|WITHDRAWN|REGRESSED|BROKEN|BLOCKED|VETOED|VETO"
FAIL = re.compile(W0 + "(?:" + FAIL_WORDS + ")" + W1 + "|[\u274c\u2717\u2718]")
FAIL_FIRST = re.compile(r"[ \t\r:;=.|(>*_`\u2013\u2014\u2192-]*(?:" + FAIL_WORDS + ")" + W1, re.I | re.A)
PENDING = re.compile(W0 + "(?:PENDING|CLAIMED|UNVERIFIED|PARTIAL|TODO|TBD|SKIPPED|SKIP|UNTESTED|STALE|N/A|INCONCLUSIVE|"
                     "CONDITIONAL|PROVISIONAL|UNKNOWN|WIP)" + W1)
PASS = re.compile(W0 + "(?:PASSED|PASS)" + W1)
PASS_NEXT = re.compile(r"$|[ \t\r@(\[{:;,.!)\]}=|?\u2013\u2014\u2192]|-(?![A-Za-z0-9])|->")
SEP_BEFORE = re.compile(r"(?:[:;=|(\u2013\u2014\u2192]|->|[ \t\r]-[ \t\r]|\.[ \t\r])[ \t\r]*$")
HEDGE = re.compile(W0 + r"(?:provisional(?:ly)?|partial(?:ly)?|pending|conditional(?:ly)?|tentative(?:ly)?|except|unless|"
                   r"mostly|interim|expected|should|would|todo|tbd|once|until|draft|unverified|assumed|presumably|awaiting|"
                   r"waived|not[ \t\r]+yet|if)" + W1 + r"|\?", re.I | re.A)
NEGATION = re.compile(W0 + "(?:not|no|never|without|cannot|can't|isn't|wasn't|non|nor|neither)" + W1, re.I | re.A)
CLAUSE = re.compile(r"[:;\u2013\u2014]|\.[ \t\r]|[ \t\r]-[ \t\r]")
TAKEN = re.compile(W0 + r"(?:(?:fail|broke|withdr|retract|revok|reopen|regress|reject)[A-Za-z]*|no[ \t\r]+longer|"
                   r"any[ \t\r]+more|anymore|never|cannot|(?:does|do|is|was|has|can)(?:[ \t\r]+not|n't)|can't)" + W1, re.I | re.A)
TAKEN_PASS = re.compile(W0 + r"(?:(?:withdr|retract|revok|reopen|regress|invalid)[A-Za-z]*|void|no[ \t\r]+longer|"
                        r"any[ \t\r]+more|anymore)" + W1, re.I | re.A)
EMPHASIS = re.compile(r"(?<![A-Za-z0-9])[*_`]+|[*_`]+(?![A-Za-z0-9])")
BOX = re.compile(r"\[([ xX])\](?=[ \t\r*_`])")
TOKEN = re.compile(r"[A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*")
JOIN = re.compile(r"[ \t\r]*(?:[-\u2013\u2014,&/+]|\.\.+|\u2026|(?<=[ \t\r])(?:and|or|to|through)(?=[ \t\r]))[ \t\r]*")
ENDS = re.compile(r"([A-Z]+)([0-9]+)$")
BRACKET = re.compile(r"[ \t\r]*(?:[Ss][Hh][Aa]=[0-9A-Fa-f]*[ \t\r]*)?([(\[{])")
AT = re.compile(r"(?<![A-Za-z0-9])@[ \t\r]*")


class Reader:
    def __init__(self, criteria):
        self.criteria = list(criteria)
        self.known = set(criteria)
        self.letters = {}
        for c in criteria:
            m = ENDS.match(c)
            if m and str(int(m[2])) == m[2]:
                self.letters.setdefault(m[1], []).append(int(m[2]))
        initials = {c[0] for c in criteria} | {m for m in self.letters}
        self.first = {x[0] for x in initials}

    def range_of(self, a, b):
        """The criteria from a to b, or None when the two are no ends of a range."""
        x, y = ENDS.match(a), ENDS.match(b)
        if not x or not y or x[1] != y[1]:
            return None
        lo, hi = sorted((int(x[2]), int(y[2])))
        return [x[1] + str(k) for k in self.letters.get(x[1], ()) if lo <= k <= hi]

    def token_ids(self, tok):
        """(ids, exact): the criteria that a token names, and whether it is one id exactly."""
        if tok in self.known:
            return [tok], True
        if "-" in tok:
            a, _, b = tok.partition("-")
            ids = self.range_of(a, b)
            if ids is not None:
                return ids, False
        for k in range(len(tok) - 1, 0, -1):
            if tok[k] in "-._" and tok[:k] in self.known:
                return [tok[:k]], False
        return [], False

    def ids(self, s):
        """(ids, strict, rest) for a line without its marks; ids is empty when it begins with no id."""
        link = s.startswith("[")
        m = TOKEN.match(s, 1 if link else 0)
        if not m or m[0][0] not in self.first:
            return [], False, ""
        tok, end = m[0], m.end()
        ids, strict = self.token_ids(tok)
        if ids and tok not in self.known and tok.startswith(ids[0]) and self.range_of(*tok.partition("-")[::2]) is None:
            end = m.start() + len(ids[0])       # a part of an id: its tail is text
        if link:
            strict2 = s[end:end + 2] == "](" and s.find(")", end) > 0
            if s[end:end + 1] != "]":
                return [], False, ""
            end = s.find(")", end) + 1 if strict2 else end + 1
            strict = strict and strict2
        if not strict and not ids and not ENDS.match(tok):
            return [], False, ""
        found = list(ids)
        last = tok.rpartition("-")[2] if "-" in tok else tok
        while True:
            j = JOIN.match(s, end)
            if not j:
                break
            t = TOKEN.match(s, j.end())
            if not t:
                break
            more, _ = self.token_ids(t[0])
            e, f = ENDS.match(t[0]), ENDS.match(last)
            if not more and not (e and f and e[1] == f[1]):
                break
            strict = False
            if re.search(r"[-\u2013\u2014]|\.\.|\u2026|to|through", j[0]):
                more = (self.range_of(last, t[0]) or []) + more
            found += [x for x in more if x not in found]
            last = t[0]
            end = t.end()
        rest = s[end:]
        if rest and not re.match(r"[ \t\r:;=|(\u2013\u2014\u2192.,-]", rest):
            strict = False
        return found, strict, rest

    def read(self, text, live):
        """The verdicts of a line: [(id, "PASS"|"FAIL"|"PENDING", seconds or None)]."""
        s = text.strip(BLANK)
        if not s:
            return []
        strict, box, order = live, "", 0
        while s:
            c = s[0]
            m = LIST_MARK.match(s)
            if m:
                strict = strict and order == 0
                order = 1
            elif c == "[" and BOX.match(s):
                m = BOX.match(s)
                box = m[1]
                strict = strict and order <= 1
                order = 2
            elif c == "#":
                m = re.match("#+", s)
                strict = strict and order <= 2 and len(m[0]) <= 6 and s[len(m[0]):len(m[0]) + 1] in BLANK
                order = 3
            elif c in "*_`":
                m = re.match("[*_`]+", s)
            else:
                break
            s = s[m.end():].lstrip(BLANK)
        if not s:
            return []
        if s[0] == "|":
            return self.row(s, strict, box)
        if s[0] != "[" and s[0] not in self.first:
            return []
        s = EMPHASIS.sub("", s)
        ids, exact, rest = self.ids(s)
        if not ids:
            return []
        word, when = self.line(rest, box)
        if word == "PASS" and not (strict and exact):
            return []
        return [(i, word, when) for i in ids] if word else []

    @staticmethod
    def first_time(s):
        m = TIME_START.search(s)
        if not m:
            return len(s), len(s), None, False
        end, when = parse_time(s, m.start())
        return m.start(), end, when, True

    def line(self, rest, box):
        start, end, when, there = self.first_time(rest)
        part = rest[:start]
        if there and when is None:
            part = rest             # no time that counts: nothing is evidence
        word, pos = self.decide(part, box, FAIL_FIRST.match(part))
        if word == "PASS":
            if when is None:
                return word, None
            tail = part[pos:]
            at = AT.search(tail)
            if at and at.end() != len(tail):
                when = None         # the sign of the time stands before something else
            if self.hedged_after(rest, end):
                return "PENDING", when
        if not word and TAKEN.search(part):
            word = "PENDING"
        return word, when

    @staticmethod
    def hedged_after(rest, end):
        """A hedge in the brackets right after the time."""
        while True:
            b = BRACKET.match(rest, end)
            if not b:
                return False
            close = rest.find({"(": ")", "[": "]", "{": "}"}[b[1]], b.end())
            inner = rest[b.end():close] if close >= 0 else rest[b.end():]
            if HEDGE.search(inner):
                return True
            if close < 0:
                return False
            end = close + 1

    @staticmethod
    def decide(part, box, failed):
        """(word or None, where what follows the PASS begins) of a deciding part."""
        if failed or FAIL.search(part):
            return "FAIL", 0
        if PENDING.search(part):
            return "PENDING", 0
        good = -1
        for m in PASS.finditer(part):
            before, after = part[:m.start()], part[m.end():]
            clause = CLAUSE.split(before)[-1]
            if NEGATION.search(clause):
                return "PENDING", 0
            if not PASS_NEXT.match(after):
                continue
            if before.strip(BLANK) and not SEP_BEFORE.search(before):
                continue
            if HEDGE.search(after) or TAKEN_PASS.search(after):
                return "PENDING", 0
            good = m.end()
        if good < 0:
            return None, 0
        return ("PENDING" if box == " " else "PASS"), good

    def row(self, s, strict, box):
        cells = [c.replace("\\|", "|") for c in re.split(r"(?<!\\)\|", s[1:])]
        if cells and not cells[-1].strip(BLANK):
            cells.pop()
        cells = [c.strip(BLANK) for c in cells]
        if not cells or not cells[0]:
            return []
        m = BOX.match(cells[0])
        if m:
            box = m[1]
            cells[0] = cells[0][m.end():].lstrip(BLANK)
        cells = [EMPHASIS.sub("", c).strip(BLANK) for c in cells]
        ids, exact, rest = self.ids(cells[0])
        if not ids:
            return []
        cells[0] = rest
        words, times, dated = [], [], False
        for k, c in enumerate(cells):
            m = BOX.match(c) or re.match(r"\[( )\]$", c)
            mine = box
            if m:
                mine = m[1]
                c = c[m.end():].lstrip(BLANK)
                if not c and mine == " ":
                    box = " "
            w, when = self.line(c, mine)
            head = TIME_START.match(c.lstrip("@ \t\r"))
            if dated and w:
                # after the time only a cell that begins with the word is a verdict
                if not re.match(r"[ \t\r]*(?:" + FAIL_WORDS + r"|[\u274c\u2717\u2718])", c) and w == "FAIL":
                    w = None
                elif w == "PENDING" and not PENDING.match(c) and not PASS.search(c[:24]):
                    w = None
            if k and not w and FAIL_FIRST.match(c) and k == 1:
                w = "FAIL"
            if w:
                words.append(w)
            if head:
                times.append(when if w else parse_time(c, len(c) - len(c.lstrip("@ \t\r")))[1])
                dated = True
            elif w and TIME_START.search(c):
                times.append(when)
                dated = True
        if not words:
            return []
        word = "FAIL" if "FAIL" in words else "PENDING" if "PENDING" in words else "PASS"
        if word == "PASS" and box == " ":
            word = "PENDING"
        if word == "PASS":
            if not (strict and exact):
                return []
            when = None if None in times or not times else min(times)
        else:
            known = [t for t in times if t is not None]
            when = max(known) if known else None
        return [(i, word, when) for i in ids]


# --- vetoes (section 6) ---

VETO_MARKS = re.compile(r"(?:[ \t\r]|(?:[-*+]|[0-9]{1,9}[.)])(?=[ \t\r])|\[[ xX]\]|[*_`])*")
VETO = re.compile("VETO" + W1)
VETO_ANY = re.compile("VETO" + W1, re.I | re.A)
OPEN_VETO = re.compile(r"(?:open|standing|active|current)[ \t\r*_`]+veto(?:e?s|\(e?s\))?" + W1, re.I | re.A)
LIFT = re.compile(r"[ \t\r*_`]*(?:[:\u2013\u2014-](?=[ \t\r*_`]))?[ \t\r*_`]*(?:LIFTED|CLEARED|WITHDRAWN|RESOLVED|RETRACTED)" + W1)
NONEISH = re.compile(r"[ \t\r:;.*_`()=\u2013\u2014-]*(?:(?:none|no|nil|n/a|nothing|empty)[ \t\r.!*_`)]*|[-\u2013\u2014][ \t\r.*_`)]*)$",
                     re.I | re.A)


class Vetoes:
    def __init__(self):
        self.standing = 0
        self.section = None     # [kind, none-ish lines, other lines] of the heading whose body is being read

    def close(self):
        if self.section:
            kind, none, other = self.section
            if other or (kind == "veto" and not none):
                self.standing += 1
        self.section = None

    def read(self, line, life):
        s = line.text
        lead = s.lstrip(BLANK)
        if not lead:
            return
        inner = lead
        m = LIST_MARK.match(inner)
        while m:
            inner = inner[m.end():].lstrip(BLANK)
            m = LIST_MARK.match(inner)
        hashes = re.match(r"(#{1,6})([ \t]+|$)", inner)
        if hashes and inner is lead:
            self.close()
        body = inner[hashes.end():] if hashes else inner.lstrip("#") if inner[:1] == "#" else inner
        at = VETO_MARKS.match(body).end()
        open_box = "[ ]" in body[:at] or "[ ]" in s[:len(s) - len(body)]
        word = (VETO_ANY if hashes else VETO).match(body, at)
        if hashes:
            body = re.sub(r"(?:^|[ \t]+)#+[ \t\r]*$", "", body)
        if not word:
            o = hashes and OPEN_VETO.match(body, at)
            if o:
                tail = body[o.end():]
                if tail.strip(" \t\r:*_`") and not NONEISH.match(tail):
                    self.standing += 1
                elif not NONEISH.match(tail):
                    self.section = ["open", 0, 0]
                return
            if self.section:
                self.section[1 if NONEISH.match(s.strip(BLANK)) else 2] += 1
            return
        tail = body[word.end():]
        lift = LIFT.match(tail)
        if lift and word[0] == "VETO":
            if life != LIVE:
                return
            rest = tail[lift.end():]
            start, end, when, there = Reader.first_time(rest)
            part = rest[:start] if when is not None else rest
            if not open_box and not HEDGE.search(part) and not TAKEN_PASS.search(part) and not Reader.hedged_after(rest, end):
                self.standing = 0
                self.section = None
                return
        if self.section and not hashes:
            self.section = None         # the line is what fills it
        if not tail.strip(" \t\r:*_`"):
            if hashes and inner is lead:
                self.section = ["veto", 0, 0]
            else:
                self.standing += 1
        elif not NONEISH.match(tail):
            self.standing += 1


# --- the decision (sections 4.8, 5 and 8) ---


def state_of(entries, now, window, skew):
    """The state of one criterion from its entries [(word, seconds or None)] in the order of the file."""
    last, newest, word = -1, None, None
    for k, (w, t) in enumerate(entries):
        if w != "PASS":
            last, word = k, w
            if t is not None:
                e = min(t, now)
                newest = e if newest is None else max(newest, e)
    best, undated = None, False
    rank = {"PASS": 3, "FUTURE": 2, "STALE": 1}
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
        if best is None or rank[s] > rank[best]:
            best = s
    return best or word or ("UNDATED" if undated else "MISSING")


def judge(status, review, criteria, now, window=86400, skew=120, reader=None):
    reader = reader or Reader(criteria)
    s_lines, r_lines = read_file(status), read_file(review)
    marker, at = read_marker(s_lines) if s_lines is not None else ("REFUSED", 0)
    standing = 0
    if r_lines is None:
        states = {c: "REFUSED" for c in criteria}
    else:
        entries = {c: [] for c in criteria}
        sections, vetoes = Sections(), Vetoes()
        for l in r_lines:
            life = sections.life_of(l)
            if life == DEAD or not l.text:
                continue
            found = reader.read(l.text, life == LIVE)
            if found and life == LIVE:
                sections.seen = True
            for c, w, t in found:
                entries[c].append((w, t))
            vetoes.read(l, life)
        vetoes.close()
        standing = vetoes.standing
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

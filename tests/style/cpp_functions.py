"""Finds the functions of a C++ file and their lengths, well enough for code formatted like ours."""
import re

CONTAINER = re.compile(r"^\s*(inline\s+)?(namespace|class|struct|union|enum|extern)\b|^\s*template\s*<.*>\s*(class|struct|union)\b", re.S)
CONTROL = re.compile(r"^\s*(if|for|while|switch|do|else|try|catch|return)\b")
INITIALISER_LIST = re.compile(r"\)\s*(noexcept\s*)?:[^:]", re.S)


def blank_comments_and_strings(text):
    """The same text with comments and the inside of literals as spaces; line breaks stay where they are."""
    out, i, n = [], 0, len(text)

    def blank(start, end):
        out.append(re.sub(r"[^\n]", " ", text[start:end]))

    while i < n:
        two = text[i:i + 2]
        if two == "//":
            end = text.find("\n", i)
            end = n if end < 0 else end
            blank(i, end)
        elif two == "/*":
            end = text.find("*/", i + 2)
            end = n if end < 0 else end + 2
            blank(i, end)
        elif two == 'R"' and (i == 0 or not text[i - 1].isalnum()):
            mark = text[i + 2:text.index("(", i)]
            end = text.find(")" + mark + '"', i)
            end = n if end < 0 else end + len(mark) + 2
            blank(i, end)
        elif text[i] == '"' or (text[i] == "'" and not (i and text[i - 1].isalnum())):
            end = i + 1
            while end < n and text[end] != text[i]:
                end += 2 if text[end] == "\\" else 1
            end = min(end + 1, n)
            out.append(text[i])
            blank(i + 1, end - 1)
            out.append(text[end - 1])
        else:
            out.append(text[i])
            end = i + 1
        i = end
    return "".join(out)


def kind_of_brace(header):
    """What a '{' after this header opens, when it stands in a namespace or class."""
    if CONTAINER.match(header):
        return "container"
    if "(" not in header or CONTROL.match(header):
        return "other"
    outside = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", header))
    if re.search(r"(?<![=!<>])=(?!=)", outside) and "operator" not in header:
        return "other"  # a variable with an initialiser
    if INITIALISER_LIST.search(header) and re.search(r"[\w>]\s*$", header):
        return "other"  # member{value} in a constructor's list
    return "function"


def functions(text):
    """Yields (first line, last line, header) of every function body; what is nested in a function belongs to it."""
    clean = blank_comments_and_strings(text)
    clean = re.sub(r"(?m)^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", lambda m: re.sub(r"[^\n]", " ", m.group()), clean)
    stack, header_at = [], 0
    for at, char in enumerate(clean):
        if char == "{":
            header = clean[header_at:at]
            inside = any(kind == "function" or kind == "other" for kind, *_ in stack)
            stack.append(("other" if inside else kind_of_brace(header), header_at, header))
            if stack[-1][0] == "container":
                header_at = at + 1
        elif char == "}" and stack:
            kind, start, header = stack.pop()
            if kind == "function":
                start += len(header) - len(header.lstrip())
                yield clean.count("\n", 0, start) + 1, clean.count("\n", 0, at) + 1, " ".join(header.split())
            if kind != "other":
                header_at = at + 1
        elif char == ";" and not any(kind != "container" for kind, *_ in stack):
            header_at = at + 1
        elif char == ":" and re.search(r"\b(public|private|protected)\s*$", clean[header_at:at]):
            header_at = at + 1

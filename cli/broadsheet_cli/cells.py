"""Cells of a spreadsheet as they are meant: without what nobody sees at their ends, and names of columns by a key."""

import unicodedata

BLANK = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
# Invisible characters of other categories: fillers, variation selectors, the grapheme joiner, the braille blank.
INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, range(0xFE00, 0xFE10))
)
LONGEST_SHOWN = 60  # characters


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# The names of a column of email addresses, by `key`, in the languages of spreadsheets and newsletter software.
EMAIL = _words(
    "email emailaddress mail mailaddress subscriberemail useremail contactemail",
    "emailadresse mailadresse adresseemail adressemail adressedemail adressedemessagerie adresseélectronique courriel",
    "correoelectrónico correoelectronico correo direccióndecorreoelectrónico direccióndecorreo direccióndeemail",
    "indirizzoemail indirizzodiposta postaelettronica endereçodeemail enderecodeemail correioeletrônico",
    "emailadres epost epostadress epostadresse sähköposti sähköpostiosoite adresemail eposta epostaadresi emailcím",
    "электроннаяпочта адресэлектроннойпочты почта имейл אימייל דואראלקטרוני ایمیل",
    "البريدالإلكتروني البريدالالكتروني بريدإلكتروني عنوانالبريدالإلكتروني الإيميل",
    "メールアドレス eメール メール 电子邮件 电子邮箱 邮箱 電子郵件 이메일 이메일주소",
)
# What spreadsheets make of true and false when they save a file in their language.
TRUE = _words("true yes 1 wahr vrai verdadero vero verdadeiro waar sant sann prawda истина doğru صحيح נכון")
FALSE = _words("false no 0 falsch faux falso onwaar falskt usann fałsz ложь yanlış خطأ שקר")


def trimmed(cell: str) -> str:
    """The cell without blanks, controls and invisible characters at its ends."""
    start, end = 0, len(cell)
    while start < end and _is_unseen(cell[start]):
        start += 1
    while end > start and _is_unseen(cell[end - 1]):
        end -= 1
    return cell[start:end]


def key(name: str) -> str:
    """What a name of a column or a word for a status is compared by: its letters and digits, without their case."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", name).casefold()))


def boolean(word: str) -> str:
    """`true` or `false` for a word that means it, by its `key`; any other word as it is."""
    return "true" if word in TRUE else "false" if word in FALSE else word


def quoted(cell: str) -> str:
    """The cell for a message, cut where it is long."""
    return f"“{cell[:LONGEST_SHOWN]}{'…' if len(cell) > LONGEST_SHOWN else ''}”"


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in BLANK or character in INVISIBLE

"""How a phone counts a text: GSM 03.38 septets, or UTF-16 units where a character is not in that table."""

BASIC = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
         "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
EXTENSION = "\f^{}\\[~]|€"


def parts(lengths, single, joined):
    """How many segments units of these lengths fill. A unit is never split."""
    if sum(lengths) <= single:
        return 1
    count, used = 1, 0
    for length in lengths:
        if used + length > joined:
            count, used = count + 1, 0
        used += length
    return count


def measure(text):
    """{"encoding", "units", "segments"} of a text."""
    if all(c in BASIC or c in EXTENSION for c in text):
        lengths = [2 if c in EXTENSION else 1 for c in text]
        return {"encoding": "GSM-7", "units": sum(lengths), "segments": parts(lengths, 160, 153)}
    lengths = [2 if ord(c) > 0xFFFF else 1 for c in text]
    return {"encoding": "UCS-2", "units": sum(lengths), "segments": parts(lengths, 70, 67)}

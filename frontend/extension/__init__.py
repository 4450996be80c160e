"""Operations and types that users make themselves, in Python."""

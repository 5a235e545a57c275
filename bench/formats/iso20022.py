"""ISO 20022: a large account statement, entry by entry, by its schema."""

from collections.abc import Iterator

from bench.formats import Subject

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>STM-1</MsgId><CreDtTm>2026-03-02T05:30:00Z</CreDtTm></GrpHdr>
    <Stmt>
      <Id>S-61</Id><CreDtTm>2026-03-02T05:30:00Z</CreDtTm>
      <Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>
      <Bal>
        <Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp>
        <Amt Ccy="EUR">100.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt>
      </Bal>
"""
ENTRY = """      <Ntry>
        <NtryRef>{0}</NtryRef>
        <Amt Ccy="EUR">{1}.10</Amt>
        <CdtDbtInd>CRDT</CdtDbtInd>
        <Sts>
          <Cd>BOOK</Cd>
        </Sts>
        <BookgDt>
          <Dt>2026-03-{2:02}</Dt>
        </BookgDt>
        <AcctSvcrRef>BANK-2026-{0:08}</AcctSvcrRef>
        <BkTxCd>
          <Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>
        </BkTxCd>
        <NtryDtls>
          <TxDtls>
            <Refs><EndToEndId>ORDER-{0}</EndToEndId></Refs>
            <RltdPties><Dbtr><Pty><Nm>Müller &amp; Sons {2}</Nm></Pty></Dbtr></RltdPties>
            <RmtInf><Ustrd>Order {0} of March, thank you for the quick delivery</Ustrd></RmtInf>
          </TxDtls>
        </NtryDtls>
      </Ntry>
"""
TAIL = "    </Stmt>\n  </BkToCstmrStmt>\n</Document>\n"


def statement(size: int) -> Iterator[bytes]:
    yield HEAD.encode()
    made = number = 0
    while made < size:
        text = "".join(ENTRY.format(n, n % 900, n % 28 + 1) for n in range(number, number + 100)).encode()
        number += 100
        made += len(text)
        yield text
    yield TAIL.encode()


SUBJECTS = [
    Subject("iso20022", "camt.053", statement, {"message": "camt.053.001.08", "by": "entry"}, 12.0),
]

"""Words that merchants use for one another, a group a line; and words that say nothing. Only data."""

SYNONYMS = (
    "bank statement camt camt053 mt940 iban account transaction sepa",
    "books bookkeeping accounting ledger journal accountant bookkeeper entries posting",
    "accounting moneybird xero quickbooks datev",
    "warehouse stock inventory fixed width depot storage",
    "stock inventory quantity available levels count",
    "shop store webshop ecommerce storefront shopify woocommerce magento",
    "invoice bill ubl xrechnung peppol zugferd einvoice e-invoice supplier vendor purchase",
    "order purchase po orders checkout sale sold",
    "edi x12 850 edifact interchange",
    "edifact orders unb desadv eancom",
    "hospital clinic patient admission adt hl7 discharge medical health healthcare",
    "billing invoice charge",
    "payment payout stripe payouts settlement card transfer",
    "return refund returns credit note money back rma sent back",
    "customer client buyer contact crm hubspot salesforce lead",
    "newsletter marketing subscriber mailing crm contact",
    "alert alarm warn warning notify notification tell low running out sold",
    "chat slack teams message channel",
    "mail email e-mail message letter notify",
    "parcel shipment shipping tracking delivery package carrier dhl ups fedex shipped",
    "salary salaries payroll wages payslip employee staff hr personnel",
    "price prices pricelist list cost excel xlsx spreadsheet",
    "excel xlsx spreadsheet sheet table workbook",
    "csv table file text semicolon",
    "erp erpnext sap odoo netsuite dynamics backoffice",
    "tax vat duty mwst gst",
    "abroad international foreign export cross-border overseas",
    "currency exchange rate euro dollar conversion",
    "schedule hourly nightly daily every regularly",
    "translate convert conversion json transform",
    "article item product sku goods",
)
IDLE = frozenset(
    """
    a about above all also am an and any are as at be been but by can do does each for from get gets
    give had has have how i if in into is it its like may me my need needs of off on once one or our out
    put should so some somebody someone that the their them then there these they this to up us want
    wants was we when where which who will with would you your automatically automatic please flow thing
    things something go goes every new make makes made sent send sends comes come arrive arrives
    """.split()  # noqa: SIM905  as a text it is read in one look
)

"""The format SOAP, and WSDL."""

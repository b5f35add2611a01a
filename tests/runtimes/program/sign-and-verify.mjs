/** Signs a payment and a certificate with fixed keys, verifies both, and tries forgeries. */
export async function signAndVerify({ claims: claimsPackage, certificates, x402 }) {
  const { createRequestClaims, LocalAccountSigner, signRequestClaims, verifyRequestSignature } =
    claimsPackage;
  const signer = new LocalAccountSigner(`0x${'01'.repeat(32)}`);
  const domain = { name: '4mica', version: '1', chainId: 84532n };
  const claims = createRequestClaims({
    userAddress: signer.address,
    recipientAddress: '0xabCDEF1234567890ABcDEF1234567890aBCDeF12',
    tabId: 42,
    reqId: 7,
    amount: 1000,
    timestamp: 1736000000,
  });
  const payment = { claims, ...(await signRequestClaims(signer, domain, claims)) };
  verifyRequestSignature(domain, payment);

  const { guaranteeDomain, loadBls, signCertificate, verifyCertificate } = certificates;
  const secretKey = new Uint8Array(32).fill(1);
  const contractDomain = guaranteeDomain(1, domain.chainId, claims.recipientAddress);
  const trust = { publicKey: (await loadBls()).publicKeyOf(secretKey), domains: { 1: contractDomain } };
  const certified = { ...claims, domain: contractDomain, totalAmount: 5000n };
  const certificate = await signCertificate(secretKey, certified);
  const { totalAmount } = await verifyCertificate(certificate, trust);

  const envelope = { x402Version: 1, scheme: '4mica-credit', network: 'eip155:84532', payload: payment };
  const header = x402.encodePaymentHeader(envelope);
  const { payload } = x402.decodePaymentHeader(header);

  const otherClaims = { ...payload, claims: { ...payload.claims, amount: 1n } };
  const otherTotal = { ...certificate, claims: certificate.claims.replace('1388', '1389') };
  return {
    paymentSignature: payload.signature,
    certificateSignature: certificate.signature,
    totalAmount: String(totalAmount),
    refusals: [
      await codeOf(async () => verifyRequestSignature(domain, otherClaims)),
      await codeOf(() => verifyCertificate(otherTotal, trust)),
    ],
  };
}

async function codeOf(work) {
  try {
    await work();
    return 'none';
  } catch (error) {
    return error.code ?? String(error);
  }
}

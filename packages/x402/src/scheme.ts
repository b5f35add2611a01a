/** The x402 scheme of payments on 4Mica credit. */
export const FOUR_MICA_SCHEME = '4mica-credit';

/** Tells whether a scheme is one of 4Mica's: its name contains `4mica`, in any letter case. */
export const isFourMicaScheme = (scheme: string): boolean => scheme.toLowerCase().includes('4mica');

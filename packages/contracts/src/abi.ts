/** ABIs as literal types. This entry is plain data and imports nothing. */
export {
  accessManagerAbi,
  core4MicaAbi,
  erc20Abi,
  testUsdcAbi,
  testUsdtAbi,
  testValidationRegistryAbi,
  validationRegistryAbi,
  validationRegistryGuaranteeDecoderAbi,
} from './generated/abi.js';

export {
  accessManagerAbi,
  core4MicaAbi,
  guaranteeDecoderAbi,
  validationRegistryAbi,
} from './generated/abi.js';

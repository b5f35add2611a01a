// SPDX-License-Identifier: MIT
pragma solidity ^0.8.29;

import {BLS} from "solady/src/utils/ext/ithaca/BLS.sol";

/// @title BLS12-381 signatures with keys in G1 and signatures in G2, through the EIP-2537 precompiles
/// @dev Messages are hashed to G2 with the tag BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_.
library GuaranteeSignature {
    /// @notice Tells whether `signature` was made over `message` with the secret of `key`.
    /// @dev Reverts PairingFailed when the signature is not a point of the signature group. `key` must have passed
    /// `isValidKey`: with the point at infinity as key every message would verify.
    function verify(BLS.G1Point memory key, BLS.G2Point memory signature, bytes memory message)
        internal
        view
        returns (bool)
    {
        if (_isInfinity(signature)) return false;

        BLS.G1Point[] memory g1Points = new BLS.G1Point[](2);
        BLS.G2Point[] memory g2Points = new BLS.G2Point[](2);
        g1Points[0] = _negatedGenerator();
        g2Points[0] = signature;
        g1Points[1] = key;
        g2Points[1] = BLS.hashToG2(message);
        return BLS.pairing(g1Points, g2Points);
    }

    /// @notice Tells whether `key` is a point of the key group other than infinity.
    /// @dev Multiplies by one, because that precompile checks the curve and the subgroup; addition skips the latter.
    function isValidKey(BLS.G1Point memory key) internal view returns (bool) {
        if (key.x_a | key.x_b | key.y_a | key.y_b == 0) return false;
        (bool success, bytes memory product) = BLS.BLS12_G1MSM.staticcall(abi.encode(key, uint256(1)));
        return success && product.length == 128;
    }

    function _isInfinity(BLS.G2Point memory point) private pure returns (bool) {
        return (
            point.x_c0_a | point.x_c0_b | point.x_c1_a | point.x_c1_b | point.y_c0_a | point.y_c0_b | point.y_c1_a
                | point.y_c1_b
        ) == 0;
    }

    function _negatedGenerator() private pure returns (BLS.G1Point memory) {
        return BLS.G1Point({
            x_a: 0x0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0f,
            x_b: 0xc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb,
            y_a: 0x00000000000000000000000000000000114d1d6855d545a8aa7d76c8cf2e21f2,
            y_b: 0x67816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca
        });
    }
}

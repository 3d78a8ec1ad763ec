"""KiCad's names of land patterns, by body."""

from __future__ import annotations

from collections.abc import Mapping

from vle_analog.production.assembly import (
    CAPACITOR,
    DECOUPLING,
    FEED,
    REFERENCE,
    RESISTOR,
    SERIES,
    TEST_POINT,
    ZENER,
    Component,
)

#: of resistors and capacitors by their bodies
_PASSIVE: Mapping[tuple[str, str], str] = {
    (RESISTOR, "0603"): "Resistor_SMD:R_0603_1608Metric",
    (RESISTOR, "1206"): "Resistor_SMD:R_1206_3216Metric",
    (CAPACITOR, "0603"): "Capacitor_SMD:C_0603_1608Metric",
    (FEED, "1206"): "Resistor_SMD:R_1206_3216Metric",
    (SERIES, "0603"): "Resistor_SMD:R_0603_1608Metric",
    (DECOUPLING, "0603"): "Capacitor_SMD:C_0603_1608Metric",
    (CAPACITOR, "film, leads 5 mm apart"): "Capacitor_THT:C_Rect_L7.2mm_W5.5mm_P5.00mm_FKS2_FKP2_MKS2_MKP2",
}
#: of packages by their bodies
_PACKAGES: Mapping[str, str] = {
    "SOIC-8": "Package_SO:SOIC-8_3.9x4.9mm_P1.27mm",
    "SOIC-14": "Package_SO:SOIC-14_3.9x8.7mm_P1.27mm",
    "TSSOP-14": "Package_SO:TSSOP-14_4.4x5mm_P0.65mm",
    "SOIC-16": "Package_SO:SOIC-16_3.9x9.9mm_P1.27mm",
    "PDIP-14": "Package_DIP:DIP-14_W7.62mm",
    "DIP-14": "Package_DIP:DIP-14_W7.62mm",
    "DIP-16": "Package_DIP:DIP-16_W7.62mm",
    "DIP-18": "Package_DIP:DIP-18_W7.62mm",
    "3296W": "Potentiometer_THT:Potentiometer_Bourns_3296W_Vertical",
    "TO-92": "Package_TO_SOT_THT:TO-92_Inline",
    "SOT-23": "Package_TO_SOT_SMD:SOT-23",
}
#: of what brings signals and supply onto a board
CONNECTOR = "TerminalBlock_Phoenix:TerminalBlock_Phoenix_MKDS-1,5-2_1x02_P5.00mm_Horizontal"


def footprint_of(component: Component) -> str:
    """The land pattern of a component; empty where none is known."""
    if component.purchase is not None:
        return _PASSIVE.get((component.kind, component.purchase.package), "")
    if component.kind == ZENER:
        return "Diode_SMD:D_SOD-123"
    if component.kind == TEST_POINT:
        return "TestPoint:TestPoint_Pad_D1.5mm"
    if component.kind == REFERENCE:
        return _PACKAGES["SOT-23"]
    if component.device is None:
        return CONNECTOR
    return _PACKAGES.get(component.device.package, "")

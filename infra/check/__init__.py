"""Holds infra/'s Bicep to Azure's types and to rules of our own, without a cloud and without Bicep's compiler."""

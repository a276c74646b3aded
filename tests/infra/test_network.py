from templates import Template

ANYWHERE = {"0.0.0.0/0", "::/0"}


def test_nothing_is_paid_by_the_hour_to_leave_the_network(service: Template) -> None:
    assert not service.of("EC2::NatGateway")
    assert not service.of("EC2::EIP")
    assert {e.properties["VpcEndpointType"] for e in service.of("EC2::VPCEndpoint")} == {"Gateway"}


def test_no_proxy_keeps_the_database_awake(service: Template) -> None:
    kinds = {resource.type for resource in service.all()}

    assert not {kind for kind in kinds if kind.startswith("AWS::RDS::DBProxy")}


def test_there_are_two_zones_with_a_public_and_an_isolated_subnet_each(service: Template) -> None:
    subnets = service.of("EC2::Subnet")
    names = [
        (tag["Value"], subnet.properties["AvailabilityZone"])
        for subnet in subnets
        for tag in subnet.properties["Tags"]
        if tag["Key"] == "aws-cdk:subnet-name"
    ]

    assert sorted(names) == [
        (kind, f"eu-west-1{zone}") for kind in ("Isolated", "Public") for zone in "ab"
    ]


def test_only_public_subnets_have_a_way_out(service: Template) -> None:
    tables = {route.properties["RouteTableId"]["Ref"] for route in service.of("EC2::Route")}

    assert len(tables) == 2
    assert all("Public" in table for table in tables)


def test_s3_is_reached_from_every_subnet_without_leaving(service: Template) -> None:
    endpoint = service.one("EC2::VPCEndpoint")

    assert len(endpoint.properties["RouteTableIds"]) == 4


def test_nobody_is_let_in_from_anywhere(service: Template) -> None:
    ingress = [rule.properties for rule in service.of("EC2::SecurityGroupIngress")]
    ingress += [
        rule
        for group in service.of("EC2::SecurityGroup")
        for rule in group.properties.get("SecurityGroupIngress", [])
    ]

    assert ingress
    assert not [rule for rule in ingress if rule.get("CidrIp") or rule.get("CidrIpv6")]
    assert all(rule["IpProtocol"] == "tcp" for rule in ingress)


def test_the_load_balancer_is_inside_and_listens_to_cloudfront_alone(service: Template) -> None:
    for balancer in service.of("ElasticLoadBalancingV2::LoadBalancer"):
        (group,) = balancer.properties["SecurityGroups"]
        rules = [
            rule.properties
            for rule in service.of("EC2::SecurityGroupIngress")
            if rule.properties["GroupId"] == group
        ]

        assert balancer.properties["Scheme"] == "internal"
        assert ["SourcePrefixListId" in rule for rule in rules] == [True]


def test_all_that_goes_out_is_https_or_goes_to_a_part_of_ours(service: Template) -> None:
    for group in service.of("EC2::SecurityGroup"):
        for rule in group.properties.get("SecurityGroupEgress", []):
            to_anywhere = rule.get("CidrIp") in ANYWHERE

            assert not to_anywhere or (rule["FromPort"], rule["ToPort"]) == (443, 443)


def test_functions_run_in_isolated_subnets(service: Template) -> None:
    for function in service.of("Lambda::Function"):
        subnets = function.properties["VpcConfig"]["SubnetIds"]

        assert [("Isolated" in subnet["Ref"]) for subnet in subnets] == [True, True]


def test_tasks_have_a_public_address_and_no_way_in(service: Template) -> None:
    for found in service.of("ECS::Service"):
        network = found.properties["NetworkConfiguration"]["AwsvpcConfiguration"]

        assert network["AssignPublicIp"] == "ENABLED"
        assert all("Public" in subnet["Ref"] for subnet in network["Subnets"])


def test_the_database_and_the_cache_have_no_address_outside(service: Template) -> None:
    database = service.one("RDS::DBInstance").properties
    cache = service.one("ElastiCache::ServerlessCache").properties

    assert database["PubliclyAccessible"] is False
    assert all("Isolated" in subnet["Ref"] for subnet in cache["SubnetIds"])
